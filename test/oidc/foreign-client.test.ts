import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as jose from 'jose'
import * as openid from 'openid-client'
import type { World } from '#src/world/world.ts'
import {
  answerToApp,
  callback,
  claimsIn,
  registerApi,
  registerApp,
  tokensFor,
} from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** The library as an app would use it, configured by discovery alone. */
async function relyingParty(world: World, more: Parameters<typeof registerApp>[1] = {}) {
  const app = await registerApp(world, more)
  const issuer = new URL(world.settings.publicUrl)
  const execute = { execute: [openid.allowInsecureRequests] }
  const authentication = app.secret === undefined ? openid.None() : openid.ClientSecretBasic(app.secret)
  const config = await openid.discovery(issuer, app.id, app.secret, authentication, execute)
  return { app, config }
}

onBothEngines('openid-client in a web app', (engine) => {
  const server = serverForSuite(engine)

  test('openid-client signs in, reads userinfo, refreshes, and is signed out', async () => {
    const api = await registerApi(server().world)
    const postLogoutUris = ['https://app.example.com/bye']
    const { app, config } = await relyingParty(server().world, { apis: [{ name: api.name }], postLogoutUris })
    const browser = browserAt(server().url)
    const email = await arrivedOnPage(browser)
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()]
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'openid email read',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    })
    const answer = await answerToApp(browser, url.pathname + url.search, app)
    const returned = new URL(`${callback}?${answer}`)
    const checks = { pkceCodeVerifier, expectedState, expectedNonce }
    const tokens = await openid.authorizationCodeGrant(config, returned, checks)
    const claims = tokens.claims()
    assert.ok(claims)
    const info = await openid.fetchUserInfo(config, tokens.access_token, claims.sub)
    assert.equal(info.email, email)
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
    assert.equal(claimsIn(refreshed.access_token).aud, api.audience)
    const seen = await openid.tokenIntrospection(config, refreshed.access_token)
    assert.equal(seen.active, true)
    const logout = openid.buildEndSessionUrl(config, {
      id_token_hint: refreshed.id_token ?? '',
      post_logout_redirect_uri: 'https://app.example.com/bye',
      state: 'x',
    })
    const left = await browser.get(logout.pathname + logout.search)
    assert.equal(left.headers.location, 'https://app.example.com/bye?state=x')
    assert.equal((await openid.tokenIntrospection(config, refreshed.access_token)).active, false)
    const again = openid.refreshTokenGrant(config, refreshed.refresh_token ?? '')
    await assert.rejects(again, { error: 'invalid_grant' })
  })
})

onBothEngines('openid-client with pushed requests and machines', (engine) => {
  const server = serverForSuite(engine)

  test('openid-client accepts ID tokens signed with RS256, the default, or ES256', async () => {
    for (const idTokenAlg of ['RS256', 'ES256'] as const) {
      const { app, config } = await relyingParty(server().world, { idTokenAlg })
      const browser = browserAt(server().url)
      await arrivedOnPage(browser)
      const { id_token } = await tokensFor(browser, clientAt(server().url), app)
      const header = JSON.parse(Buffer.from(id_token.split('.')[0] ?? '', 'base64url').toString())
      assert.equal(header.alg, idTokenAlg)
      const keys = jose.createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''))
      const { payload } = await jose.jwtVerify(id_token, keys, { audience: app.id })
      assert.equal(payload.iss, server().world.settings.publicUrl)
      const logout = openid.buildEndSessionUrl(config, { id_token_hint: id_token })
      assert.equal((await browser.get(logout.pathname + logout.search)).headers.location, '/sign-in')
    }
  })

  test('openid-client pushes its request first, and uses a request only once', async () => {
    const { app, config } = await relyingParty(server().world)
    const browser = browserAt(server().url)
    await arrivedOnPage(browser)
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const url = await openid.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: callback,
      scope: 'openid',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const path = url.pathname + url.search
    const returned = new URL(`${callback}?${await answerToApp(browser, path, app)}`)
    const tokens = await openid.authorizationCodeGrant(config, returned, { pkceCodeVerifier })
    assert.ok(tokens.id_token)
    const second = await browser.get(path)
    assert.doesNotMatch(second.headers.location ?? '', /code=/)
  })

  test('openid-client gets tokens for a machine and revokes the tokens of a user', async () => {
    const api = await registerApi(server().world)
    const { config } = await relyingParty(server().world, { kind: 'machine', apis: [{ name: api.name }] })
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'read' })
    assert.equal(claimsIn(tokens.access_token).scope, 'read')
    await assert.rejects(openid.tokenRevocation(config, tokens.access_token), {
      error: 'unsupported_token_type',
    })
  })
})

onBothEngines('a logout requested by an app', (engine) => {
  const server = serverForSuite(engine)

  test('without an ID token the user is asked, and an unknown URL is ignored', async () => {
    const postLogoutUris = ['https://app.example.com/bye']
    const app = await registerApp(server().world, { postLogoutUris })
    const browser = browserAt(server().url)
    await arrivedOnPage(browser)
    const query = new URLSearchParams({
      client_id: app.id,
      post_logout_redirect_uri: postLogoutUris[0] ?? '',
    })
    const asked = await browser.get(`/oauth/logout?${query}&id_token_hint=x.y.z`)
    assert.equal(asked.status, 200)
    assert.match(asked.text, /Sign out\?/)
    assert.equal((await browser.get('/account')).status, 200)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const foreign = { raw: `${query}`, headers: { ...form, origin: 'https://evil.example' } }
    assert.equal((await browser.send('POST', '/oauth/logout/confirm', foreign)).status, 403)
    const left = await browser.send('POST', '/oauth/logout/confirm', { raw: `${query}`, headers: form })
    assert.equal(left.headers.refresh, '0; url=https://app.example.com/bye')
    assert.match((await browser.get('/account')).headers.location ?? '', /^\/sign-in/)
    const evil = new URLSearchParams({ client_id: app.id, post_logout_redirect_uri: 'https://evil.example/' })
    const ignored = await browser.get(`/oauth/logout?${evil}`)
    assert.equal(ignored.headers.location, '/sign-in')
  })
})
