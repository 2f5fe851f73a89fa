import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT } from 'jose'
import { callback, claimsIn, newPkce, tokensIn } from '#test/support/app-sign-in.ts'
import { assertionOf } from '#test/support/client-keys.ts'
import { proofOf } from '#test/support/dpop.ts'
import { onSqlite } from '#test/support/engines.ts'
import { type FapiClient, fapiClient } from '#test/support/fapi-client.ts'
import { startLogoutReceiver } from '#test/support/logout-receiver.ts'
import { relyingParty } from '#test/support/relying-party.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** RFC 8725 section 3.12: a JWT that was created for one purpose is not accepted for another. */
onSqlite('JWTs in the place of others', (engine) => {
  const server = serverForSuite(engine)

  test('a signed request is not taken for a client assertion, nor an assertion for a request', async () => {
    const fapi = await fapiClient(server(), { requires: ['signed_request'] })
    const { app, signingKey, issuer, key } = fapi
    const about = { clientId: app.id, audience: issuer }
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const asAssertion = { client_assertion: await signedRequest(fapi), client_assertion_type: type }
    const form = { grant_type: 'refresh_token', refresh_token: 'x', ...asAssertion }
    assert.equal(tokensIn(await fapi.token(form, { assertion: 'none' })).error, 'invalid_client')
    const { client_assertion: assertion = '' } = await assertionOf(signingKey, about)
    const proof = await proofOf(key, { url: `${issuer}/oauth/par` })
    for (const request of [assertion, proof]) {
      const query = new URLSearchParams({ client_id: app.id, request })
      const reply = await fapi.browser.get(`/oauth/authorize?${query}`)
      assert.deepEqual([reply.status, reply.headers.location], [400, undefined])
    }
  })

  test('a logout token or an access token is not accepted as an ID token', async () => {
    const receiver = await startLogoutReceiver()
    const party = await relyingParty(server(), { backchannelUri: receiver.uri })
    const ended = await party.tokens()
    const revoked = new URLSearchParams({ token: ended.refresh_token })
    const basic = Buffer.from(`${party.app.id}:${party.app.secret}`).toString('base64')
    await party.client.send('POST', '/oauth/revoke', {
      raw: revoked.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Basic ${basic}` },
    })
    await receiver.arrived(1)
    const { access_token, id_token } = await party.tokens()
    const logoutToken = receiver.tokens[0] ?? ''
    assert.equal(claimsIn(logoutToken).sub, claimsIn(id_token).sub)
    for (const hint of [logoutToken, access_token]) {
      const page = await party.browser.get(`/oauth/logout?${new URLSearchParams({ id_token_hint: hint })}`)
      assert.deepEqual([page.status, /Stay signed in/.test(page.text)], [200, true])
      const asked = await party.answer({ id_token_hint: hint, prompt: 'none' })
      assert.equal(asked.get('error'), 'invalid_request')
    }
  })
})

/** As an app signs it, with all claims of an assertion except the subject. */
function signedRequest({ app, signingKey, issuer }: FapiClient): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    ...{ iss: app.id, aud: issuer, iat: now, nbf: now, exp: now + 60, jti: 'one', client_id: app.id },
    ...{ response_type: 'code', redirect_uri: callback, scope: 'openid' },
    ...{ code_challenge: newPkce().challenge, code_challenge_method: 'S256' },
  }
  const header = { alg: signingKey.alg, kid: signingKey.kid, typ: 'oauth-authz-req+jwt' }
  return new SignJWT(claims).setProtectedHeader(header).sign(signingKey.privateKey)
}
