import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { eachProxy, type ProxyName } from '#test/deploy/each-proxy.ts'
import { openSecureSite, openSite, type Site, seenBy } from '#test/deploy/site.ts'
import { browserAt, clientAt, type Reply } from '#test/support/client.ts'
import { arrived, personWithRoles, signedIn } from '#test/support/people.ts'

const statusWithoutSigil = { nginx: 503, caddy: 502, envoy: 503, traefik: 500 }

throughEach('passes requests of a signed-in user with their identity, with any method', async (site) => {
  const browser = browserAt(site.url)
  const { person } = await arrived(browser, { username: 'Жанна' })
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    const hasBody = method !== 'GET' && method !== 'OPTIONS'
    const reply = await browser.send(method, '/app/x?y=1', hasBody ? { raw: 'a body' } : {})
    const asked = seenBy(reply)
    assert.deepEqual([asked.method, asked.path], [method, '/app/x?y=1'])
    assert.equal(asked.body, hasBody ? 'a body' : '')
    assert.equal(asked.headers['x-auth-user-id'], person.id)
    assert.equal(asked.headers['x-auth-username'], '%D0%96%D0%B0%D0%BD%D0%BD%D0%B0')
    assert.equal(asked.headers['x-auth-roles'], 'default_user')
    assert.equal(reply.headers['cache-control'], 'private, no-store')
    assert.equal(reply.headers.expires, undefined)
  }
})

throughEach('rejects requests without a sign-in before they reach the app, with any method', async (site) => {
  const client = clientAt(site.url)
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    for (const sent of [{}, { bearer: 'forged' }, { headers: { cookie: 'access_token=forged' } }]) {
      const reply = await client.send(method, '/app/', sent)
      assert.equal(reply.status, 401, method)
      const error = 'bearer' in sent ? ', error="invalid_token"' : ''
      assert.equal(reply.headers['www-authenticate'], `Bearer realm="sigil"${error}`)
      assert.match(reply.headers['cache-control'] ?? '', /no-store/)
    }
  }
  assert.deepEqual(site.app.seen, [])
})

throughEach('redirects a page view to the sign-in and back', async (site, program) => {
  const headers = { accept: 'text/html,application/xhtml+xml' }
  const reply = await browserAt(site.url).get('/app/page?tab=2', { headers })
  assert.match(reply.headers['cache-control'] ?? '', /no-store/)
  const page = program === 'traefik' ? reply : await followed(site, reply)
  assert.match(page.text, /value="\/app\/page\?tab=2"/)
  // A form is not sent again after the sign-in, so it is rejected.
  assert.equal((await clientAt(site.url).post('/app/page', {}, { headers })).status, 401)
  assert.deepEqual(site.app.seen, [])
})

throughEach('always rejects the first request after an answered logout', async (site) => {
  const browser = browserAt(site.url)
  const { person } = await arrived(browser)
  for (let round = 0; round < 50; round++) {
    const { access_token: bearer } = await signedIn(browser, person)
    assert.equal((await browser.get('/app/', { bearer })).status, 200)
    const path = round % 2 === 0 ? '/api/v1/auth/logout' : '/api/v1/auth/logout_all'
    assert.ok((await browser.post(path, undefined, { bearer })).status < 300)
    assert.equal((await browser.get('/app/', { bearer })).status, 401)
  }
  assert.equal(site.app.seen.length, 50)
})

throughEach('answers 403 without the required role, for every form of the path', async (site) => {
  const { session } = await arrived(clientAt(site.url))
  const spellings = ['admin/', 'admin', 'admin/x', 'ADMIN/', '%61dmin/', 'x/../admin/', './/admin/x']
  for (const path of spellings) {
    const reply = await clientAt(site.url).get(`/app/${path}`, { bearer: session.access_token })
    assert.equal(reply.status, 403, path)
    assert.match(reply.headers['cache-control'] ?? '', /no-store/)
  }
  assert.deepEqual(site.app.seen, [])
  const chief = await personWithRoles(site.sigil.world, ['default_user', 'admin'])
  const { access_token: bearer } = await signedIn(clientAt(site.url), chief)
  assert.equal((await clientAt(site.url).get('/app/admin/', { bearer })).status, 200)
  // A role in the caller's URL has no effect.
  const wish = await clientAt(site.url).get('/app/admin/?role=default_user', {
    bearer: session.access_token,
  })
  assert.equal(wish.status, 403)
})

throughEach('ignores a role in the query of the page', async (site) => {
  const { session } = await arrived(clientAt(site.url))
  const bearer = session.access_token
  const reply = await clientAt(site.url).get('/app/people?role=editor', { bearer })
  assert.equal(reply.status, 200)
  assert.equal(seenBy(reply).path, '/app/people?role=editor')
})

throughEach('answers 5xx during an outage of Sigil, never 200', async (site, program) => {
  const { session } = await arrived(clientAt(site.url))
  const call = () => clientAt(site.url).get('/app/', { bearer: session.access_token })
  assert.equal((await call()).status, 200)
  await site.sigil.stop()
  for (let round = 0; round < 5; round++) {
    const reply = await call()
    assert.equal(reply.status, statusWithoutSigil[program])
    assert.match(reply.headers['cache-control'] ?? '', /no-store/)
  }
  assert.equal(site.app.seen.length, 1)
})

throughEach('removes identity headers sent by the client', async (site) => {
  const { person, session } = await arrived(clientAt(site.url))
  const reply = await clientAt(site.url).get('/app/', {
    bearer: session.access_token,
    headers: {
      'X-Auth-User-Id': 'somebody',
      'x-auth-session-id': 'other',
      'X-AUTH-USERNAME': 'root',
      'X-Auth-Email': 'root@example.org',
      'X-Auth-Roles': ['admin', 'root'],
      x_auth_roles: 'admin',
      'X_Auth-Email': 'root@example.org',
      'X-Auth_Email': 'root@example.org',
      'x-forwarded-for': '203.0.113.9',
    },
  })
  const { headers } = seenBy(reply)
  const said = Object.entries(headers).filter(([header]) => /^x[-_]auth/i.test(header))
  assert.deepEqual(Object.fromEntries(said), {
    'x-auth-user-id': person.id,
    'x-auth-session-id': session.session_id,
    'x-auth-roles': 'default_user',
  })
  assert.ok(isOfThisMachine(headers['x-forwarded-for']), headers['x-forwarded-for'])
})

throughEach('passes the real client address on to Sigil, not a forged one', async (site) => {
  const client = clientAt(site.url, { address: '203.0.113.9' })
  const { session } = await arrived(client)
  const { body } = await client.get('/api/v1/me/history', { bearer: session.access_token })
  assert.ok(body.data.length > 0)
  assert.ok(
    body.data.every(({ ip }) => isOfThisMachine(ip)),
    JSON.stringify(body),
  )
})

throughEach('serves the pages of Sigil on one origin, without the operator endpoints', async (site) => {
  const client = clientAt(site.url)
  assert.equal((await client.get('/readyz')).status, 200)
  const issuer = JSON.stringify({ issuer: site.url }).slice(1, -1)
  assert.ok((await client.get('/.well-known/oauth-authorization-server')).text.includes(issuer))
  // Responses of the proxy itself are not in the OpenAPI document.
  assert.equal((await fetch(`${site.url}/metrics`)).status, 404)
  assert.equal((await client.get('/sigil/verify')).status, 404)
})

throughEach('sends no Strict-Transport-Security over plain HTTP', async (site) => {
  const { headers } = await clientAt(site.url).get('/sign-in')
  assert.equal(headers['strict-transport-security'], undefined)
})

throughEach(
  'passes on Strict-Transport-Security once, from the sign-in page',
  async (site, program) => {
    for (const path of ['/', '/sign-in', '/api/v1/me', '/readyz', '/nowhere']) {
      const { headers } = await clientAt(site.url).get(path)
      assert.equal(headers['strict-transport-security'], 'max-age=31536000', path)
    }
    const led = await clientAt(site.url).get('/app/', { headers: { accept: 'text/html' } })
    if (program !== 'traefik') assert.match(led.headers.location ?? '', /^\/sign-in/)
  },
  openSecureSite<unknown>,
)

/** Traefik shows the sign-in immediately, with the status of the error; the others redirect to it. */
async function followed(site: Site<unknown>, { status, headers }: Reply): Promise<Reply> {
  assert.deepEqual(
    [status, decodeURIComponent(headers.location ?? '')],
    [302, '/sign-in?next=/app/page?tab=2'],
  )
  const page = await browserAt(site.url).get(headers.location ?? '', { headers: { accept: 'text/html' } })
  assert.equal(page.status, 200)
  return page
}

/** Envoy forwards an address of the machine itself for a caller on the loopback interface. */
function isOfThisMachine(address: string | undefined): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((own) => own.address === address))
}

/** A test for each proxy, with its own site. */
function throughEach(
  does: string,
  body: (site: Site<unknown>, program: ProxyName) => Promise<void>,
  open: typeof openSite<unknown> = openSite<unknown>,
): void {
  eachProxy(does, async (run, proxy) => body(await open(run), proxy))
}
