import assert from 'node:assert/strict'
import { eachProxy, type ProxyName } from '#test/deploy/each-proxy.ts'
import type { Edits } from '#test/deploy/run-proxy.ts'
import { openSite, seenBy } from '#test/deploy/site.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { arrived, signedIn } from '#test/support/people.ts'

/** The documented change in each file for an app with its own Bearer tokens. */
const edits: Record<ProxyName, Edits> = {
  nginx: {
    'ask.conf': {
      'proxy_set_header Authorization $http_authorization;\n': '',
      '# proxy_set_header Authorization "";': 'proxy_set_header Authorization "";',
    },
  },
  caddy: { Caddyfile: { '# header_up -Authorization': 'header_up -Authorization' } },
  envoy: { 'envoy.yaml': { '# disallowed_headers:': 'disallowed_headers:' } },
  traefik: {
    'dynamic.yaml': {
      '        authRequestHeaders: [Cookie, Authorization]\n': '',
      '# authRequestHeaders: [Cookie]': 'authRequestHeaders: [Cookie]',
    },
  },
}

const appToken = 'Bearer token-of-the-app'

eachProxy('rejects a Bearer token that is not Sigil’s, and passes other schemes to the app', async (run) => {
  const site = await openSite(run)
  const browser = browserAt(site.url)
  await arrived(browser)
  const rejected = await browser.get('/app/', { headers: { authorization: appToken } })
  assert.equal(rejected.status, 401)
  for (const authorization of ['Basic YTpi', 'Token abc', 'Digest username="a"']) {
    const seen = seenBy(await browser.get('/app/', { headers: { authorization } }))
    assert.equal(seen.headers.authorization, authorization)
  }
  const { session } = await arrived(clientAt(site.url))
  const seen = seenBy(await clientAt(site.url).get('/app/', { bearer: session.access_token }))
  assert.equal(seen.headers.authorization, `Bearer ${session.access_token}`)
})

eachProxy(
  'leaves Authorization to the app if configured so, and signs in by the cookie',
  async (run, proxy) => {
    const site = await openSite((ports) => run(ports, edits[proxy]))
    const browser = browserAt(site.url)
    const { person } = await arrived(browser)
    const seen = seenBy(await browser.get('/app/', { headers: { authorization: appToken } }))
    assert.equal(seen.headers.authorization, appToken)
    assert.equal(seen.headers['x-auth-user-id'], person.id)
    const { access_token: bearer } = await signedIn(clientAt(site.url), person)
    for (const path of ['/app/', '/app/admin/']) {
      assert.equal((await clientAt(site.url).get(path, { bearer })).status, 401)
      const headers = { authorization: appToken }
      assert.equal((await clientAt(site.url).get(path, { headers })).status, 401)
    }
    assert.equal((await browser.get('/app/admin/', { headers: { authorization: appToken } })).status, 403)
    assert.equal(site.app.seen.length, 1)
  },
)
