import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as openid from 'openid-client'
import {
  answerToApp,
  authorizePath,
  callback,
  claimsIn,
  formCall,
  newPkce,
  registerApp,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { assertionOf, newClientKey } from '#test/support/client-keys.ts'
import { newProofKey, proofOf } from '#test/support/dpop.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const profile = { requires: ['fapi2'], idTokenAlg: 'ES256' } as const

/** An app with the profile, a signed-in browser, and the authorization request of openid-client. */
async function profiled({ world, url }: TestServer) {
  const key = await newClientKey('PS256')
  const app = await registerApp(world, { ...profile, jwks: key.jwks })
  const issuer = new URL(world.settings.publicUrl)
  const authentication = openid.PrivateKeyJwt({ key: key.privateKey, kid: key.kid })
  const execute = { execute: [openid.allowInsecureRequests] }
  const config = await openid.discovery(issuer, app.id, undefined, authentication, execute)
  const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
  const browser = browserAt(url)
  await arrivedOnPage(browser)
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const expectedState = openid.randomState()
  const parameters = {
    redirect_uri: callback,
    scope: 'openid email',
    state: expectedState,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  }
  const about = { clientId: app.id, audience: issuer.origin }
  return { app, key, about, config, DPoP, browser, parameters, checks: { pkceCodeVerifier, expectedState } }
}

onBothEngines('the FAPI 2.0 Security Profile', (engine) => {
  const server = serverForSuite(engine)

  test('openid-client pushes its request, proves its keys, and gets tokens bound to a key', async () => {
    const { app, config, DPoP, browser, parameters, checks } = await profiled(server())
    const url = await openid.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
    const answer = await answerToApp(browser, url.pathname + url.search, app)
    assert.equal(answer.get('iss'), server().world.settings.publicUrl)
    const returned = new URL(`${callback}?${answer}`)
    const tokens = await openid.authorizationCodeGrant(config, returned, checks, undefined, { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    assert.deepEqual(claimsIn(tokens.access_token).cnf, { jkt: await DPoP.calculateThumbprint() })
    const sub = tokens.claims()?.sub ?? ''
    assert.ok((await openid.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).email)
    const first = tokens.refresh_token ?? ''
    for (const times of [1, 2, 3]) {
      const refreshed = await openid.refreshTokenGrant(config, first, {}, { DPoP })
      assert.equal(refreshed.refresh_token, first, `the same after ${times}`)
    }
  })

  test('a request that was not pushed, or without PKCE, is rejected', async () => {
    const { app, config, DPoP, browser, parameters } = await profiled(server())
    const direct = await answerToApp(browser, authorizePath(app, newPkce()), app)
    assert.equal(direct.get('error'), 'invalid_request')
    const { code_challenge: _, code_challenge_method: __, ...without } = parameters
    await assert.rejects(openid.buildAuthorizationUrlWithPAR(config, without, { DPoP }), {
      error: 'invalid_request',
    })
  })
})

onBothEngines('requests that the FAPI 2.0 Security Profile rejects', (engine) => {
  const server = serverForSuite(engine)

  test('a token is not issued without a proof, nor for the key of another client', async () => {
    const { app, key, about, config, DPoP, browser, parameters, checks } = await profiled(server())
    const url = await openid.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
    const code = (await answerToApp(browser, url.pathname + url.search, app)).get('code') ?? ''
    const client = clientAt(server().url)
    const exchange = async (headers: Record<string, string>) => {
      const form = { grant_type: 'authorization_code', code, redirect_uri: callback }
      const fields = { ...form, code_verifier: checks.pkceCodeVerifier, ...(await assertionOf(key, about)) }
      return tokensIn(await formCall(client, '/oauth/token', app, fields, headers)).error
    }
    assert.equal(await exchange({}), 'invalid_request')
    const tokenUrl = `${about.audience}/oauth/token`
    const weak = await newProofKey('RS256')
    assert.equal(await exchange({ dpop: await proofOf(weak, { url: tokenUrl }) }), 'invalid_dpop_proof')
    const other = await newProofKey()
    assert.equal(await exchange({ dpop: await proofOf(other, { url: tokenUrl }) }), 'invalid_grant')
    const returned = new URL(`${callback}?${new URLSearchParams({ code, iss: about.audience })}`)
    const { pkceCodeVerifier } = checks
    const tokens = await openid.authorizationCodeGrant(config, returned, { pkceCodeVerifier }, undefined, {
      DPoP,
    })
    assert.ok(tokens.access_token)
  })
})

onBothEngines('assertions and apps that the FAPI 2.0 Security Profile rejects', (engine) => {
  const server = serverForSuite(engine)

  test('an assertion for an endpoint or for several servers, or with RS256, is rejected', async () => {
    const { app, key, about } = await profiled(server())
    const rsa = await newClientKey('RS256')
    const { id: rsaId } = await registerApp(server().world, { ...profile, jwks: rsa.jwks })
    const client = clientAt(server().url)
    const ask = async (more: Parameters<typeof assertionOf>[2], by = { key, about }) => {
      const form = {
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: by.about.clientId,
        ...(await assertionOf(by.key, by.about, more)),
      }
      const proof = await proofOf(await newProofKey(), { url: `${about.audience}/oauth/token` })
      return tokensIn(await formCall(client, '/oauth/token', app, form, { dpop: proof })).error
    }
    assert.equal(await ask({ aud: `${about.audience}/oauth/token` }), 'invalid_client')
    assert.equal(await ask({ aud: [about.audience] }), 'invalid_client')
    assert.equal(await ask({ aud: [about.audience, 'https://other.example.com'] }), 'invalid_client')
    const withRsa = { key: rsa, about: { ...about, clientId: rsaId } }
    assert.equal(await ask({}, withRsa), 'invalid_client')
    assert.equal(await ask({}), 'invalid_grant')
  })

  test('an app that cannot meet the profile is not registered with it', async () => {
    const { world } = server()
    const { jwks } = await newClientKey()
    const wrong: Parameters<typeof registerApp>[1][] = [
      { ...profile },
      { ...profile, kind: 'browser', jwks },
      { ...profile, jwks, isPkceOptional: true },
      { ...profile, jwks, idTokenAlg: 'RS256' },
      { ...profile, jwks, redirectUris: ['http://localhost:3000/callback'] },
    ]
    for (const more of wrong) {
      await assert.rejects(registerApp(world, more), { code: 'invalid_request' }, JSON.stringify(more))
    }
    await registerApp(world, { ...profile, jwks })
  })
})
