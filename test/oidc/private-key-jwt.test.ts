import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as openid from 'openid-client'
import { sql } from '#src/store/sql.ts'
import {
  callback,
  claimsIn,
  formCall,
  registerApi,
  registerApp,
  type TestApp,
  tokenCall,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { assertionOf, newClientKey, serveKeys } from '#test/support/client-keys.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

onBothEngines('private_key_jwt', (engine) => {
  const server = serverForSuite(engine)
  const world = () => server().world

  test('openid-client gets tokens for a machine with a key, and discovery lists the method', async () => {
    const { app, key } = await machineWithKey(server())
    assert.equal(app.secret, undefined)
    const issuer = new URL(world().settings.publicUrl)
    const authentication = openid.PrivateKeyJwt({ key: key.privateKey, kid: key.kid })
    const execute = { execute: [openid.allowInsecureRequests] }
    const config = await openid.discovery(issuer, app.id, undefined, authentication, execute)
    const { token_endpoint_auth_methods_supported: methods } = config.serverMetadata()
    assert.ok(methods?.includes('private_key_jwt'))
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'read' })
    assert.equal(claimsIn(tokens.access_token).sub, app.id)
    const seen = await openid.tokenIntrospection(config, tokens.access_token)
    assert.equal(seen.active, true)
  })

  test('a web app signs users in with only a key, and revokes their tokens with it', async () => {
    const key = await newClientKey('PS256')
    const app = await registerApp(world(), { jwks: key.jwks })
    const issuer = new URL(world().settings.publicUrl)
    const authentication = openid.PrivateKeyJwt({ key: key.privateKey, kid: key.kid })
    const execute = { execute: [openid.allowInsecureRequests] }
    const config = await openid.discovery(issuer, app.id, undefined, authentication, execute)
    const browser = browserAt(server().url)
    await arrivedOnPage(browser)
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'openid',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const reply = await browser.get(url.pathname + url.search)
    const tokens = await openid.authorizationCodeGrant(config, new URL(reply.headers.location ?? ''), {
      pkceCodeVerifier,
    })
    await openid.tokenRevocation(config, tokens.refresh_token ?? '')
    const info = await clientAt(server().url).get('/oauth/userinfo', { bearer: tokens.access_token })
    assert.equal(info.status, 401)
  })
})

onBothEngines('client assertions that are rejected', (engine) => {
  const server = serverForSuite(engine)
  const world = () => server().world

  test('an assertion for another audience or client, or expired or badly signed, is rejected', async () => {
    const { app, key, about, ask } = await machineWithKey(server())
    const other = await registerApp(world(), { kind: 'machine', jwks: (await newClientKey()).jwks })
    const now = Math.floor(Date.now() / 1000)
    const stranger = await newClientKey()
    const wrong: [string, Record<string, string>][] = [
      ['audience', await assertionOf(key, { ...about, audience: 'https://other.example.com' })],
      ['issuer', await assertionOf(key, about, { iss: other.id })],
      ['subject', await assertionOf(key, about, { sub: other.id })],
      ['expired', await assertionOf(key, about, { exp: now - 120 })],
      ['endless', await assertionOf(key, about, { exp: now + 7200 })],
      ['without exp', await assertionOf(key, about, { exp: undefined as never })],
      ['without jti', await assertionOf(key, about, { jti: undefined as never })],
      ['unknown key', await assertionOf({ ...stranger, kid: key.kid }, about)],
      ['type', { ...(await assertionOf(key, about)), client_assertion_type: 'x' }],
      ['not a JWT', { ...(await assertionOf(key, about)), client_assertion: 'x.y.z' }],
      ['unsigned', { ...(await assertionOf(key, about)), client_assertion: unsigned(app.id) }],
      ['none', {}],
    ]
    for (const [name, fields] of wrong) {
      for (const path of ['/oauth/token', '/oauth/introspect']) {
        const reply = await ask({ ...fields, token: 'x' }, path)
        const { error } = tokensIn(reply)
        assert.ok([400, 401].includes(reply.status), `${path}, ${name}: ${reply.text}`)
        assert.ok(['invalid_client', 'invalid_request'].includes(error), `${path}, ${name}: ${reply.text}`)
      }
    }
    assert.equal((await ask(await assertionOf(key, about))).status, 200)
    const fraction = await assertionOf(key, about, { exp: now + 60.123 })
    assert.equal((await ask(fraction)).status, 200)
  })

  test('of twenty concurrent uses of one assertion, one succeeds, at any endpoint', async () => {
    const { key, about, ask } = await machineWithKey(server())
    const fields = await assertionOf(key, about)
    const replies = await atOnce(20, (index) =>
      ask({ ...fields, token: 'x' }, index % 2 === 0 ? '/oauth/token' : '/oauth/introspect'),
    )
    assert.equal(replies.filter(({ status }) => status === 200).length, 1)
    assert.equal(replies.filter(({ status }) => status === 401).length, 19)
  })

  test('an app with a secret cannot use an assertion, nor one with a key a secret', async () => {
    const { ask } = await machineWithKey(server())
    const stranger = await newClientKey()
    const secret = await registerApp(world())
    const about = { clientId: secret.id, audience: world().settings.publicUrl }
    const client = clientAt(server().url)
    const fields = await assertionOf(stranger, about)
    const form = { grant_type: 'refresh_token', refresh_token: 'x', client_id: secret.id, ...fields }
    const reply = await formCall(client, '/oauth/token', { ...secret, secret: undefined }, form)
    assert.equal(tokensIn(reply).error, 'invalid_client')
    assert.equal(tokensIn(await ask({ client_secret: 'sgs_guess' })).error, 'invalid_client')
  })
})

onBothEngines('the key set of a client at a URL', (engine) => {
  const server = serverForSuite(engine)

  test('keys are read from the URL that an app registered, and a redirect is not followed', async () => {
    const { world, url } = server()
    const [key, next] = [await newClientKey(), await newClientKey()]
    const served = await serveKeys(key.jwks)
    const app: TestApp = await registerApp(world, { jwksUri: served.url })
    const about = { clientId: app.id, audience: world.settings.publicUrl }
    const client = clientAt(url)
    const ask = async (used: typeof key) => {
      const fields = await assertionOf(used, about)
      const form = { grant_type: 'refresh_token', refresh_token: 'x', ...fields }
      return tokensIn(await tokenCall(client, app, form)).error
    }
    assert.equal(await ask(key), 'invalid_grant')
    assert.equal(await ask(next), 'invalid_client')
    const elsewhere = await serveKeys(next.jwks)
    const moved = await serveKeys(next.jwks)
    moved.location = elsewhere.url
    const other: TestApp = await registerApp(world, { jwksUri: moved.url })
    const fields = await assertionOf(next, { ...about, clientId: other.id })
    const form = { grant_type: 'refresh_token', refresh_token: 'x', ...fields }
    assert.equal((await tokenCall(client, other, form)).status, 401)
    assert.deepEqual([moved.reads, elsewhere.reads], [1, 0])
  })

  test('an app cannot have both a key set and its URL, or a private key', async () => {
    const { world } = server()
    const key = await newClientKey()
    const [jwk] = key.jwks.keys
    const wrong = [
      { jwks: key.jwks, jwksUri: 'https://app.example.com/jwks.json' },
      { jwks: { keys: [{ ...jwk, d: 'private' }] } },
      { jwks: { keys: [{ kty: 'oct', k: 'shared' }] } },
      { jwks: { keys: [{ kty: 'EC' }] } },
      { jwks: { keys: [{ ...jwk, x: 'AA' }] } },
      { jwks: { keys: [{ ...jwk, kid: '' }] } },
      { jwks: { keys: [{ ...jwk, alg: ['ES256'] }] } },
      { jwksUri: 'http://app.example.com/jwks.json' },
    ]
    for (const more of wrong) await assert.rejects(registerApp(world, more), { code: 'invalid_request' })
    await registerApp(world, { jwksUri: 'https://app.example.com/jwks.json' })
  })

  test('an assertion of a client whose keys cannot be used is rejected', async () => {
    const { app, key, about, ask } = await machineWithKey(server())
    for (const jwk of [{ kty: 'EC' }, { kty: 'RSA', n: '', e: 'AQAB' }]) {
      const jwks = JSON.stringify({ keys: [jwk] })
      await server().world.db.query(sql`update apps set jwks = ${jwks} where client_id = ${app.id}`)
      const fields = await assertionOf(key, about)
      for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/token']) {
        const { status, text } = await ask({ ...fields, token: 'x' }, path)
        assert.ok([400, 401].includes(status), `${path}, ${jwks}: ${status} ${text}`)
      }
    }
  })
})

onBothEngines('client secrets', (engine) => {
  const server = serverForSuite(engine)

  test('a client secret is accepted in the header and in the form', async () => {
    const { world, url } = server()
    const api = await registerApi(world)
    const app = await registerApp(world, { kind: 'machine', apis: [{ name: api.name }] })
    const client = clientAt(url)
    const basic = await tokenCall(client, app, { grant_type: 'client_credentials' })
    assert.equal(basic.status, 200)
    const post = { grant_type: 'client_credentials', client_id: app.id, client_secret: app.secret ?? '' }
    const inForm = await formCall(client, '/oauth/token', { ...app, secret: undefined }, post)
    assert.equal(inForm.status, 200)
    const both = await tokenCall(client, app, post)
    assert.equal(tokensIn(both).error, 'invalid_request')
  })
})

function unsigned(clientId: string): string {
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encoded({ alg: 'none' })}.${encoded({ iss: clientId, sub: clientId, jti: 'x' })}.`
}

/** A machine with a key, and a call of the token endpoint with an assertion. */
async function machineWithKey({ world, url }: TestServer, alg?: string) {
  const api = await registerApi(world)
  const key = await newClientKey(alg)
  const app = await registerApp(world, { kind: 'machine', jwks: key.jwks, apis: [{ name: api.name }] })
  const about = { clientId: app.id, audience: world.settings.publicUrl }
  const ask = (fields: Record<string, string>, path = '/oauth/token') =>
    formCall(
      clientAt(url),
      path,
      { ...app, id: '' },
      {
        grant_type: 'client_credentials',
        client_id: app.id,
        ...fields,
      },
    )
  return { app, key, about, ask }
}
