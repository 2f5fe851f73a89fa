import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDocumentUrl } from '#src/apps/client-document.ts'
import { count } from '#src/limits/count.ts'
import { policies } from '#src/limits/policies.ts'
import { bucketOf } from '#src/platform/addresses.ts'
import { authorizePath, formCall, newPkce, registerApi } from '#test/support/app-sign-in.ts'
import { browserAt, clientAt, type Reply } from '#test/support/client.ts'
import { serveClientDocument } from '#test/support/client-document.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { startServer } from '#test/support/server.ts'

onBothEngines('documents that strangers name', (engine) => {
  test('they are not read without end, and not read at all for a logout', async () => {
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
    const begun = `/oauth/authorize?${new URLSearchParams({ client_id: served.url, response_type: 'code' })}`
    for (const times of [1, 2, 3]) assert.equal((await client.get(begun)).status, 400, `${times}`)
    assert.equal(served.reads, 1, 'a host that does not respond is not called again at once')
    const addresses = ['127.0.0.1', '::1', '::ffff:127.0.0.1']
    for (const address of addresses) {
      for (let times = 0; times < policies.token.quota; times++) {
        await count(world, { policy: policies.token, of: bucketOf(address) })
      }
    }
    // A little of the limit comes back all the time.
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
