import assert from 'node:assert/strict'
import { eachProxy } from '#test/deploy/each-proxy.ts'
import { openStubSite, signedInCookie } from '#test/deploy/stub-site.ts'
import { clientAt } from '#test/support/client.ts'

const renewed = '__Host-access_token=new; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=Lax'
const headers = { cookie: signedInCookie }

eachProxy('passes a cookie that Sigil renews on to the browser, together with the app’s own', async (run) => {
  const site = await openStubSite(run)
  site.renewed = [renewed]
  for (const path of ['/app/', '/app/admin/']) {
    for (const [method, setByApp] of [
      ['GET', []],
      ['GET', ['theme=dark; Path=/app/', 'cart=7; Max-Age=9']],
      ['POST', ['theme=dark']],
    ] as const) {
      site.setByApp = setByApp
      const reply = await clientAt(site.url).send(method, path, { headers })
      assert.equal(reply.status, 200)
      assert.deepEqual([...reply.cookies].sort(), [renewed, ...setByApp].sort(), `${method} ${path}`)
    }
  }
  // The app does not receive it: otherwise it would have the cookie.
  for (const { headers } of site.seen) assert.doesNotMatch(JSON.stringify(headers), /new/)
})

eachProxy('sets no cookie when Sigil renews none', async (run) => {
  const site = await openStubSite(run)
  assert.deepEqual((await clientAt(site.url).get('/app/', { headers })).cookies, [])
  site.setByApp = ['theme=dark']
  assert.deepEqual((await clientAt(site.url).get('/app/', { headers })).cookies, ['theme=dark'])
})

eachProxy('passes both cookies on when Sigil renews two (nginx: the first)', async (run, proxy) => {
  const site = await openStubSite(run)
  const second = 'session=newer; Path=/; HttpOnly; SameSite=Lax'
  site.renewed = [renewed, second]
  const { cookies } = await clientAt(site.url).get('/app/', { headers })
  if (proxy === 'nginx') assert.ok(cookies[0]?.startsWith(renewed))
  else assert.deepEqual([...cookies].sort(), [renewed, second].sort())
})
