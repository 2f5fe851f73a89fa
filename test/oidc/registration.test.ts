import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appById } from '#src/apps/apps.sql.ts'
import { disable } from '#src/apps/end-app.ts'
import { makeRegistrationToken } from '#src/apps/register-app.ts'
import { byCli } from '#src/audit/by.ts'
import { cleanOidc } from '#src/oidc/clean.ts'
import type { World } from '#src/world/world.ts'
import { claimsIn, registerApi, type TestApp, tokensFor, tokensIn } from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { startServer } from '#test/support/server.ts'
import { masterKey, sigilJson } from '#test/support/sigil.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const hourMs = 60 * 60 * 1000
const redirectUri = 'https://agent.example.com/callback'
const metadata = { client_name: 'Agent', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }

const pages = {
  client_uri: 'https://agent.example.com/',
  tos_uri: 'https://agent.example.com/terms',
  policy_uri: 'https://bank.example.com/privacy',
  logo_uri: 'https://agent.example.com/logo.png',
}

async function newToken(world: World, { uses = 1, lifetimeMs = hourMs } = {}): Promise<string> {
  return (await makeRegistrationToken(world, { uses, lifetimeMs, by: byCli })).token
}

function register(client: Client, body: object, bearer?: string) {
  return client.post('/oauth/register', body, bearer === undefined ? {} : { bearer })
}

onBothEngines('dynamic client registration', (engine) => {
  const server = serverForSuite(engine)

  test('an app registers itself with a token, and signs users in to an open API with consent', async () => {
    const { world, url } = server()
    const client = clientAt(url)
    const api = await registerApi(world, { read: 'Read notes' }, { isOpen: true })
    const closed = await registerApi(world)
    const reply = await register(
      client,
      { ...metadata, ...pages, scope: 'read', software_id: 'x' },
      await newToken(world),
    )
    assert.equal(reply.status, 201, reply.text)
    const { client_id: id, client_secret, token_endpoint_auth_method } = clientIn(reply)
    assert.deepEqual([client_secret, token_endpoint_auth_method], [undefined, 'none'])
    const { client_uri, tos_uri, policy_uri, logo_uri } = JSON.parse(reply.text)
    const ignored = 'a page at another host and the logo are ignored'
    const expected = [pages.client_uri, pages.tos_uri, undefined, undefined]
    assert.deepEqual([client_uri, tos_uri, policy_uri, logo_uri], expected, ignored)
    const app: TestApp = { id, secret: undefined, redirectUri }
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const tokens = await tokensFor(browser, client, app, { resource: api.audience, scope: 'read' })
    assert.deepEqual([claimsIn(tokens.access_token).aud, tokens.scope], [api.audience, 'read'])
    await assert.rejects(tokensFor(browser, client, app, { resource: closed.audience }), /invalid_target/)
  })

  test('a confidential client gets a secret that works, by Basic or in the form', async () => {
    const { world, url } = server()
    const client = clientAt(url)
    const wish = { ...metadata, token_endpoint_auth_method: 'client_secret_post' }
    const body = clientIn(await register(client, wish, await newToken(world)))
    assert.equal(body.token_endpoint_auth_method, 'client_secret_post')
    const app: TestApp = { id: body.client_id, secret: body.client_secret, redirectUri }
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    assert.ok((await tokensFor(browser, client, app)).access_token)
  })

  test('registration fails without a token, and with a wrong, expired or used one', async () => {
    const { world, url } = server()
    const client = clientAt(url)
    const used = await newToken(world)
    assert.equal((await register(client, metadata, used)).status, 201)
    const expired = await newToken(world, { lifetimeMs: 0 })
    for (const token of [undefined, 'sgn_wrong', used, expired]) {
      const reply = await register(client, metadata, token)
      assert.deepEqual([reply.status, tokensIn(reply).error], [401, 'invalid_token'], String(token))
    }
  })
})

onBothEngines('registration tokens', (engine) => {
  const server = serverForSuite(engine)

  test('of twenty registrations at once with a token for three, three succeed', async () => {
    const { world, url } = server()
    const token = await newToken(world, { uses: 3 })
    const replies = await atOnce(20, () => register(clientAt(url), metadata, token))
    assert.equal(replies.filter(({ status }) => status === 201).length, 3)
    assert.equal(replies.filter(({ status }) => status === 401).length, 17)
  })

  test('unsupported metadata is rejected, and does not use up the token', async () => {
    const { world, url } = server()
    const client = clientAt(url)
    const token = await newToken(world)
    const wrong: [object, string][] = [
      [{ ...metadata, redirect_uris: ['http://agent.example.com/callback'] }, 'invalid_redirect_uri'],
      [{ ...metadata, redirect_uris: [] }, 'invalid_redirect_uri'],
      [{ ...metadata, redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
      [{ ...metadata, redirect_uris: 'x' }, 'invalid_client_metadata'],
      [{ ...metadata, grant_types: ['client_credentials'] }, 'invalid_client_metadata'],
      [{ ...metadata, grant_types: ['authorization_code', 'password'] }, 'invalid_client_metadata'],
      [{ ...metadata, token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
      [{ ...metadata, token_endpoint_auth_method: 'tls_client_auth' }, 'invalid_client_metadata'],
    ]
    for (const [body, code] of wrong) {
      const reply = await register(client, body, token)
      assert.deepEqual([reply.status, tokensIn(reply).error], [400, code], JSON.stringify(body))
    }
    assert.equal((await register(client, metadata, token)).status, 201)
  })
})

onBothEngines('registration on the command line and open registration', (engine) => {
  test('the command prints a token that registers as many apps as it allows', async () => {
    const place = await engine.freshPlace()
    const { said } = await sigilJson(['app', 'registration-token', '--uses', '2'], {
      place,
      env: { SIGIL_MASTER_KEY: masterKey },
    })
    const { registration_token: token } = said as unknown as { registration_token: string }
    const { url } = await startServer(place, { SIGIL_MASTER_KEY: masterKey })
    const client = clientAt(url)
    const statuses = []
    for (let times = 0; times < 3; times++) statuses.push((await register(client, metadata, token)).status)
    assert.deepEqual(statuses, [201, 201, 401])
  })

  test('anyone may register if the setting allows it; unused apps are deleted after a day', async () => {
    const { world, url } = await startServer(engine, { SIGIL_CLIENT_REGISTRATION: 'open' })
    const client = clientAt(url)
    const body = clientIn(await register(client, metadata))
    const unused = clientIn(await register(client, metadata)).client_id
    const banned = clientIn(await register(client, metadata)).client_id
    await disable(world, { clientId: banned, by: byCli })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const app: TestApp = { id: body.client_id, secret: undefined, redirectUri }
    await tokensFor(browser, client, app)
    const later = { ...world, clock: { ...world.clock, now: () => world.clock.now() + 25 * hourMs } }
    while ((await cleanOidc(later, 100)) > 0);
    const asked = (id: string) => client.send('POST', '/oauth/par', formOf(id))
    assert.equal((await asked(unused)).status, 401)
    assert.notEqual((await asked(body.client_id)).status, 401)
    // Without its row an app with a document could come back.
    assert.equal((await appById(world.db.query, banned))?.isDisabled, true)
  })
})

type WireClient = { client_id: string; client_secret?: string; token_endpoint_auth_method: string }

function clientIn(reply: Reply): WireClient {
  return reply.body as unknown as WireClient
}

function formOf(id: string) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { raw: new URLSearchParams({ client_id: id }).toString(), headers }
}
