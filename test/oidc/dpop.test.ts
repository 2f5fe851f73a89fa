import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportJWK } from 'jose'
import * as openid from 'openid-client'
import {
  answerToApp,
  authorizePath,
  callback,
  claimsIn,
  formCall,
  newPkce,
  registerApi,
  registerApp,
  type TestApp,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { newProofKey, type ProofKey, proofOf } from '#test/support/dpop.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** Calls the token endpoint with a proof, or with none. */
function provenCall(
  client: Client,
  app: TestApp,
  fields: Record<string, string>,
  proof: string | string[] | undefined,
) {
  return formCall(client, '/oauth/token', app, fields, proof === undefined ? {} : { dpop: proof })
}

async function newCode(url: string, app: TestApp, more: Record<string, string> = {}) {
  const browser = browserAt(url)
  const email = await arrivedOnPage(browser)
  const pkce = newPkce()
  const code = (await answerToApp(browser, authorizePath(app, pkce, more), app)).get('code') ?? ''
  const redirect_uri = app.redirectUri
  return {
    email,
    form: { grant_type: 'authorization_code', code, code_verifier: pkce.verifier, redirect_uri },
  }
}

onBothEngines('DPoP with the code flow', (engine) => {
  const server = serverForSuite(engine)
  const world = () => server().world
  const tokenUrl = () => `${world().settings.publicUrl}/oauth/token`

  test('openid-client binds its tokens to a key, and userinfo checks each proof', async () => {
    const app = await registerApp(world(), { kind: 'browser' })
    const issuer = new URL(world().settings.publicUrl)
    const execute = { execute: [openid.allowInsecureRequests] }
    const config = await openid.discovery(issuer, app.id, undefined, openid.None(), execute)
    assert.ok(config.serverMetadata().dpop_signing_alg_values_supported?.includes('ES256'))
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
    const browser = browserAt(server().url)
    const email = await arrivedOnPage(browser)
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'openid email',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      dpop_jkt: await DPoP.calculateThumbprint(),
    })
    const reply = await browser.get(url.pathname + url.search)
    const returned = new URL(reply.headers.location ?? '')
    const checks = { pkceCodeVerifier }
    const tokens = await openid.authorizationCodeGrant(config, returned, checks, undefined, { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    assert.deepEqual(claimsIn(tokens.access_token).cnf, { jkt: await DPoP.calculateThumbprint() })
    const sub = tokens.claims()?.sub ?? ''
    const info = await openid.fetchUserInfo(config, tokens.access_token, sub, { DPoP })
    assert.equal(info.email, email)
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '', {}, { DPoP })
    assert.equal(refreshed.token_type, 'dpop')
    const bearer = await clientAt(server().url).get('/oauth/userinfo', { bearer: tokens.access_token })
    assert.equal(bearer.status, 401)
  })

  test('a code that is bound to a key is exchanged only with a proof of that key', async () => {
    const app = await registerApp(world())
    const [key, other] = [await newProofKey(), await newProofKey()]
    const client = clientAt(server().url)
    const { form } = await newCode(server().url, app, { dpop_jkt: key.thumbprint })
    assert.equal(tokensIn(await provenCall(client, app, form, undefined)).error, 'invalid_grant')
    const foreign = await proofOf(other, { url: tokenUrl() })
    assert.equal(tokensIn(await provenCall(client, app, form, foreign)).error, 'invalid_grant')
    const reply = await provenCall(client, app, form, await proofOf(key, { url: tokenUrl() }))
    assert.equal(reply.status, 200, reply.text)
  })
})

onBothEngines('DPoP with refresh tokens', (engine) => {
  const server = serverForSuite(engine)
  const world = () => server().world
  const tokenUrl = () => `${world().settings.publicUrl}/oauth/token`

  test('a refresh token of a public app works only with its key, and theft affects no owner', async () => {
    const app = await registerApp(world(), { kind: 'browser' })
    const [key, thief] = [await newProofKey(), await newProofKey()]
    const client = clientAt(server().url)
    const { form } = await newCode(server().url, app)
    const first = tokensIn(await provenCall(client, app, form, await proofOf(key, { url: tokenUrl() })))
    const refresh = (refresh_token: string, proof: string | undefined) =>
      provenCall(client, app, { grant_type: 'refresh_token', refresh_token }, proof)
    assert.equal(tokensIn(await refresh(first.refresh_token, undefined)).error, 'invalid_grant')
    const stolen = await proofOf(thief, { url: tokenUrl() })
    assert.equal(tokensIn(await refresh(first.refresh_token, stolen)).error, 'invalid_grant')
    const second = await refresh(first.refresh_token, await proofOf(key, { url: tokenUrl() }))
    assert.equal(second.status, 200, second.text)
    assert.deepEqual(claimsIn(tokensIn(second).access_token).cnf, { jkt: key.thumbprint })
  })

  test('an app with a secret may change the key when it refreshes', async () => {
    const app = await registerApp(world())
    const [key, next] = [await newProofKey(), await newProofKey('Ed25519')]
    const client = clientAt(server().url)
    const { form } = await newCode(server().url, app)
    const first = tokensIn(await provenCall(client, app, form, await proofOf(key, { url: tokenUrl() })))
    const refreshing = { grant_type: 'refresh_token', refresh_token: first.refresh_token }
    const reply = await provenCall(client, app, refreshing, await proofOf(next, { url: tokenUrl() }))
    assert.deepEqual(claimsIn(tokensIn(reply).access_token).cnf, { jkt: next.thumbprint })
  })
})

onBothEngines('DPoP proofs', (engine) => {
  const server = serverForSuite(engine)
  const world = () => server().world
  const tokenUrl = () => `${world().settings.publicUrl}/oauth/token`

  test('of twenty concurrent uses of one proof, one succeeds', async () => {
    const { ask } = await machine(server())
    const proof = await proofOf(await newProofKey(), { url: tokenUrl() })
    const replies = await atOnce(20, () => ask(proof))
    assert.equal(replies.filter(({ status }) => status === 200).length, 1)
    const errors = replies.flatMap((reply) => tokensIn(reply).error ?? [])
    assert.deepEqual(errors, Array(19).fill('invalid_dpop_proof'))
  })

  test('a proof for another request, too old, unsigned or with a private key is rejected', async () => {
    const { ask } = await machine(server())
    const key = await newProofKey()
    const stranger = await newProofKey()
    const now = Math.floor(Date.now() / 1000)
    const url = tokenUrl()
    const privateJwk = await exportJWK(key.privateKey)
    const wrong: Record<string, string | string[]> = {
      method: await proofOf(key, { url, method: 'GET' }),
      url: await proofOf(key, { url: `${url}/x` }),
      host: await proofOf(key, { url: 'https://other.example.com/oauth/token' }),
      old: await proofOf(key, { url, claims: { iat: now - 600 } }),
      ahead: await proofOf(key, { url, claims: { iat: now + 600 } }),
      'without jti': await proofOf(key, { url, claims: { jti: undefined as never } }),
      'without iat': await proofOf(key, { url, claims: { iat: undefined as never } }),
      type: await proofOf(key, { url, header: { typ: 'JWT' } }),
      'other key': await proofOf(key, { url, header: { jwk: stranger.jwk } }),
      'private key': await proofOf(key, { url, header: { jwk: privateJwk } }),
      'with ath': await proofOf(key, { url, accessToken: 'x' }),
      garbage: 'x.y.z',
      twice: [await proofOf(key, { url }), await proofOf(key, { url })],
    }
    for (const [name, proof] of Object.entries(wrong)) {
      const reply = await ask(proof)
      assert.deepEqual([reply.status, tokensIn(reply).error], [400, 'invalid_dpop_proof'], name)
    }
    const good = await ask(await proofOf(key, { url: `${url}?query#fragment` }))
    assert.equal(good.status, 200, good.text)
    assert.equal(good.body.token_type, 'DPoP')
    const fraction = await ask(await proofOf(key, { url, claims: { iat: now - 0.123 } }))
    assert.equal(fraction.status, 200, fraction.text)
  })
})

onBothEngines('tokens that are bound to a key', (engine) => {
  const server = serverForSuite(engine)
  const world = () => server().world
  const tokenUrl = () => `${world().settings.publicUrl}/oauth/token`

  test('an app that must prove a key gets no token without a proof', async () => {
    const { ask } = await machine(server(), { requires: ['dpop'] })
    assert.equal(tokensIn(await ask(undefined)).error, 'invalid_request')
    assert.equal((await ask(await proofOf(await newProofKey(), { url: tokenUrl() }))).status, 200)
  })

  test('introspection reports the key of a token', async () => {
    const { app, ask } = await machine(server())
    const key = await newProofKey()
    const { access_token: token } = tokensIn(await ask(await proofOf(key, { url: tokenUrl() })))
    const seen = await formCall(clientAt(server().url), '/oauth/introspect', app, { token })
    const { active, token_type, cnf } = JSON.parse(seen.text)
    assert.deepEqual([active, token_type, cnf], [true, 'DPoP', { jkt: key.thumbprint }])
  })

  test('userinfo rejects a proof of another key, for another token, and a used one', async () => {
    const app = await registerApp(world())
    const [key, other] = [await newProofKey(), await newProofKey()]
    const client = clientAt(server().url)
    const { form } = await newCode(server().url, app)
    const reply = await provenCall(client, app, form, await proofOf(key, { url: tokenUrl() }))
    const { access_token: accessToken } = tokensIn(reply)
    const url = `${world().settings.publicUrl}/oauth/userinfo`
    const ask = (proof: string | undefined, scheme = 'DPoP') =>
      client.get('/oauth/userinfo', { headers: { authorization: `${scheme} ${accessToken}`, dpop: proof } })
    const proof = (by: ProofKey, more: Partial<Parameters<typeof proofOf>[1]> = {}) =>
      proofOf(by, { method: 'GET', url, accessToken, ...more })
    const used = await proof(key)
    assert.equal((await ask(used)).status, 200)
    const wrong = {
      used,
      none: undefined,
      other: await proof(other),
      'without ath': await proofOf(key, { method: 'GET', url }),
      'other token': await proof(key, { accessToken: 'x' }),
    }
    for (const [name, one] of Object.entries(wrong)) assert.equal((await ask(one)).status, 401, name)
    const refused = await ask(await proof(key), 'Bearer')
    assert.equal(refused.status, 401)
    const challenged = await ask(undefined)
    assert.match(`${challenged.headers['www-authenticate']}`, /^DPoP .*error="invalid_token"/)
  })
})

async function machine({ world, url }: TestServer, more: Parameters<typeof registerApp>[1] = {}) {
  const api = await registerApi(world)
  const app = await registerApp(world, { kind: 'machine', apis: [{ name: api.name }], ...more })
  const ask = (proof: string | string[] | undefined) =>
    provenCall(clientAt(url), app, { grant_type: 'client_credentials' }, proof)
  return { app, ask }
}
