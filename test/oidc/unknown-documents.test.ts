import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  authorizePath,
  formCall,
  newPkce,
  registerApi,
  type TestApp,
  tokenCall,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { serveClientDocument } from '#test/support/client-document.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

onBothEngines('client ID metadata documents of unknown clients', (engine) => {
  const server = serverForSuite(engine)

  test('only a request that begins a sign-in reads the document of a new client', async () => {
    const { world, url } = server()
    await registerApi(world, {}, { isOpen: true })
    const served = await serveClientDocument()
    const app = { id: served.url, secret: undefined, redirectUri: 'http://127.0.0.1:5000/callback' }
    const client = clientAt(url)
    for (const path of ['/oauth/token', '/oauth/introspect', '/oauth/revoke']) {
      const form = { grant_type: 'refresh_token', refresh_token: 'x', token: 'x' }
      assert.equal((await formCall(client, path, app, form)).status, 401, path)
    }
    const claims = Buffer.from(JSON.stringify({ sub: served.url })).toString('base64url')
    const assertion = { client_assertion: `x.${claims}.x`, client_assertion_type: 'x', client_id: '' }
    assert.equal((await formCall(client, '/oauth/token', app, assertion)).status, 401)
    await browserAt(url).get(`/oauth/logout?${new URLSearchParams({ client_id: served.url })}`)
    assert.equal(served.reads, 0)
    const pushed = await formCall(client, '/oauth/par', app, requestOf(app))
    assert.equal(pushed.status, 201, pushed.text)
    assert.equal(served.reads, 1)
  })

  test('a device of a new client waits for its user', async () => {
    const { world, url } = server()
    await registerApi(world, {}, { isOpen: true })
    const served = await serveClientDocument()
    const app = { id: served.url, secret: undefined, redirectUri: '' }
    const begun = await formCall(clientAt(url), '/oauth/device_authorization', app, { scope: 'openid' })
    assert.equal(begun.status, 200, begun.text)
    const { device_code } = JSON.parse(begun.text)
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const polled = await tokenCall(clientAt(url), app, { grant_type, device_code })
    assert.equal(tokensIn(polled).error, 'authorization_pending')
  })
})

function requestOf(app: TestApp): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(authorizePath(app, newPkce()).split('?')[1]))
}
