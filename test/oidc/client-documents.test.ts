import assert from 'node:assert/strict'
import { test } from 'node:test'
import { removeApp } from '#src/apps/end-app.ts'
import { findApp } from '#src/apps/find-app.ts'
import { byCli } from '#src/audit/by.ts'
import {
  answerToApp,
  authorizePath,
  claimsIn,
  exchange,
  formCall,
  locationOf,
  newPkce,
  registerApi,
  type TestApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { serveClientDocument } from '#test/support/client-document.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { startServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

onBothEngines('client ID metadata documents', (engine) => {
  const server = serverForSuite(engine)

  test('an app with a metadata document signs in at any loopback port, with consent each time', async () => {
    const { world, url } = server()
    const api = await registerApi(world, { read: 'Read notes' }, { isOpen: true })
    const served = await serveClientDocument()
    served.document.policy_uri = new URL('/privacy', served.url).href
    served.document.tos_uri = 'https://bank.example.com/terms'
    const app: TestApp = { id: served.url, secret: undefined, redirectUri: 'http://127.0.0.1:49152/callback' }
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const client = clientAt(url)
    const wish = { resource: api.audience, scope: 'read' }
    for (const times of [1, 2]) {
      const pkce = newPkce()
      const path = authorizePath(app, pkce, wish)
      const consent = locationOf(await browser.get(path))
      assert.match(consent, /^\/consent\//, `sign-in ${times} asks`)
      const { text } = await browser.get(consent)
      assert.match(text, /Notes helper/)
      assert.match(text, new RegExp(`${new URL(served.url).host}`))
      assert.match(text, /has not checked this app/)
      assert.match(text, /Any program on this device/)
      assert.match(text, /Read notes/)
      assert.ok(text.includes(`href="${served.document.policy_uri}"`))
      assert.ok(!text.includes('bank.example.com'))
      const answer = await answerToApp(browser, path, app)
      const code = answer.get('code') ?? ''
      const reply = await exchange(client, app, {
        code,
        code_verifier: pkce.verifier,
        resource: api.audience,
      })
      assert.equal(reply.status, 200, reply.text)
      const claims = claimsIn(tokensIn(reply).access_token)
      assert.deepEqual([claims.aud, claims.client_id, claims.scope], [api.audience, served.url, 'read'])
      const { refresh_token } = tokensIn(reply)
      const refreshed = await tokenCall(client, app, { grant_type: 'refresh_token', refresh_token })
      assert.equal(refreshed.status, 200, refreshed.text)
    }
    assert.equal(served.reads, 1, 'the document is cached')
  })
})

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

onBothEngines('a client ID metadata document that changes', (engine) => {
  test('while its host is down the app is unchanged, and without a document there is no app', async () => {
    const { world, url } = await startServer(engine)
    await registerApi(world, {}, { isOpen: true })
    const served = await serveClientDocument()
    const app = { id: served.url, secret: undefined, redirectUri: 'http://127.0.0.1:5000/callback' }
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    assert.ok((await answerToApp(browser, authorizePath(app, newPkce()), app)).get('code'))
    // A separate world has cached nothing.
    served.status = 503
    assert.equal((await findApp({ ...world }, served.url))?.name, 'Notes helper')
    served.status = 404
    assert.equal(await findApp({ ...world }, served.url), undefined)
    served.status = 200
    served.document.client_name = 'Renamed'
    assert.equal((await findApp({ ...world }, served.url))?.name, 'Renamed')
    const stranger = await serveClientDocument()
    stranger.status = 503
    assert.equal(await findApp({ ...world }, stranger.url), undefined)
  })
})

onBothEngines('an app with a document that was removed', (engine) => {
  test('when a user agrees to it again, the sign-ins of the others stay ended', async () => {
    const { world, url } = await startServer(engine)
    await registerApi(world, {}, { isOpen: true })
    const served = await serveClientDocument()
    const app = { id: served.url, secret: undefined, redirectUri: 'http://127.0.0.1:5000/callback' }
    const client = clientAt(url)
    const [first, second] = [browserAt(url), browserAt(url)]
    await arrivedOnPage(first)
    await arrivedOnPage(second)
    const before = await tokensFor(first, client, app)
    await (await removeApp(world, { clientId: app.id, by: byCli })).propagated
    const after = await tokensFor(second, client, app)
    const refresh = ({ refresh_token }: { refresh_token: string }) =>
      tokenCall(client, app, { grant_type: 'refresh_token', refresh_token })
    assert.equal(tokensIn(await refresh(before)).error, 'invalid_grant')
    assert.equal((await refresh(after)).status, 200)
    const info = await client.get('/oauth/userinfo', { bearer: after.access_token })
    assert.equal(info.status, 200, 'the app is not revoked any more')
  })
})

onBothEngines('client ID metadata documents that are not accepted', (engine) => {
  const server = serverForSuite(engine)

  test('a document for another client, with a secret, or that redirects is not accepted', async () => {
    const { world, url } = server()
    await registerApi(world, {}, { isOpen: true })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const attempt = async (change: Parameters<typeof serveClientDocument>[0], more: object = {}) => {
      const served = Object.assign(await serveClientDocument(change), more)
      const app = { id: served.url, secret: undefined, redirectUri: 'http://127.0.0.1:5000/callback' }
      return browser.get(authorizePath(app, newPkce()))
    }
    assert.equal((await attempt({})).status, 303)
    for (const change of [
      { client_id: 'https://other.example.com/client.json' },
      { client_secret: 'public secret' },
      { token_endpoint_auth_method: 'client_secret_basic' },
      { redirect_uris: ['http://127.0.0.1/elsewhere'] },
      { redirect_uris: ['http://app.example.com/callback'] },
      { client_name: 'x'.repeat(20_000) },
    ]) {
      assert.equal((await attempt(change)).status, 400, JSON.stringify(change).slice(0, 100))
    }
    assert.equal((await attempt({}, { status: 404 })).status, 400)
    assert.equal((await attempt({}, { status: 302, headers: { location: '/other' } })).status, 400)
  })
})
