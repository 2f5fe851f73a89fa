import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDocumentUrl } from '#src/apps/client-document.ts'
import { removeApp } from '#src/apps/end-app.ts'
import { findApp } from '#src/apps/find-app.ts'
import { byCli } from '#src/audit/by.ts'
import { count } from '#src/limits/count.ts'
import { policies } from '#src/limits/policies.ts'
import { bucketOf } from '#src/platform/addresses.ts'
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
import { browserAt, clientAt, type Reply } from '#test/support/client.ts'
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
    served.document.client_uri = 'https://bank.example.com/'
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

onBothEngines('a client ID metadata document that changes', (engine) => {
  test('an app is unchanged while its host is down, and unknown once its document is gone', async () => {
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
  test('a new consent to a removed app does not restore earlier sign-ins to it', async () => {
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

onBothEngines('client ID metadata documents at unknown URLs', (engine) => {
  test('reads of client documents at unknown URLs are limited, and a logout reads none', async () => {
    const { world, url } = await startServer(engine, { SIGIL_RATE_LIMITS: 'on' })
    await registerApi(world, {}, { isOpen: true })
    const client = clientAt(url)
    const served = await serveClientDocument({ post_logout_redirect_uris: ['http://127.0.0.1/bye'] })
    const logout = { client_id: served.url, post_logout_redirect_uri: 'http://127.0.0.1/bye' }
    const left = await client.get(`/oauth/logout?${new URLSearchParams(logout)}`)
    assert.deepEqual([left.headers.location, served.reads], ['/sign-in', 0])

    served.status = 503
    const app = { id: served.url, secret: undefined, redirectUri: '' }
    const ask = (id: string) => formCall(client, '/oauth/introspect', { ...app, id }, { token: 'x' })
    assert.deepEqual([(await ask(served.url)).status, served.reads], [401, 0])
    for (const times of [1, 2, 3])
      assert.equal((await formCall(client, '/oauth/par', app, {})).status, 401, `${times}`)
    assert.equal(served.reads, 1, 'a host that does not respond is not called again at once')
    const addresses = ['127.0.0.1', '::1', '::ffff:127.0.0.1']
    for (const address of addresses) {
      for (let times = 0; times < policies.token.quota; times++) {
        await count(world, { policy: policies.token, of: bucketOf(address) })
      }
    }
    // The limit refills continuously.
    const until429 = async (call: () => Promise<Reply>) => {
      for (let times = 0; times < 100; times++) if ((await call()).status === 429) return true
      return false
    }
    const assertion = `x.${Buffer.from(JSON.stringify({ sub: served.url })).toString('base64url')}.x`
    assert.ok(await until429(() => ask(served.url)))
    const form = { client_id: 'app_x', client_assertion: assertion, token: 'x' }
    assert.ok(await until429(() => formCall(client, '/oauth/revoke', app, form)))
    assert.equal((await ask('app_unknown')).status, 401)
  })
})

onBothEngines('a server without an open API', (engine) => {
  test('a document is not read, and discovery lists no support for it, until an API is open', async () => {
    const { world, url } = await startServer(engine)
    const served = await serveClientDocument()
    const app = { id: served.url, secret: undefined, redirectUri: 'http://127.0.0.1:5000/callback' }
    const client = clientAt(url)
    const supported = async () =>
      JSON.parse((await client.get('/.well-known/oauth-authorization-server')).text)
        .client_id_metadata_document_supported
    await registerApi(world)
    assert.equal(await supported(), false)
    assert.equal((await browserAt(url).get(authorizePath(app, newPkce()))).status, 400)
    assert.equal(served.reads, 0)
    await registerApi(world, {}, { isOpen: true })
    assert.equal(await supported(), true)
    assert.equal((await browserAt(url).get(authorizePath(app, newPkce()))).status, 303)
  })
})

test('only the exact URL is a client id, on https, or on loopback in development', () => {
  const development = { allowsLoopback: true }
  const production = { allowsLoopback: false }
  assert.ok(isDocumentUrl('https://app.example.com/client.json', production))
  assert.ok(isDocumentUrl('http://127.0.0.1:1/client.json', development))
  for (const id of [
    'http://127.0.0.1:1/client.json',
    'http://app.example.com/client.json',
    'https://app.example.com/',
    'https://app.example.com',
    'https://app.example.com/a/../client.json',
    'https://app.example.com/client.json#part',
    'https://user@app.example.com/client.json',
    'HTTPS://app.example.com/client.json',
    `https://app.example.com/${'x'.repeat(300)}`,
    'app_1234567890123456789012',
  ]) {
    assert.equal(isDocumentUrl(id, production), false, id)
  }
  assert.equal(isDocumentUrl('http://app.example.com/client.json', development), false)
})
