import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { sql } from '#src/store/sql.ts'
import { claimsIn, tokensIn } from '#test/support/app-sign-in.ts'
import type { Reply } from '#test/support/client.ts'
import { type ConformanceModule, testPlan } from '#test/support/conformance.ts'
import { newProofKey } from '#test/support/dpop.ts'
import { type FapiClient, fapiClient } from '#test/support/fapi-client.ts'

/*
 * The modules of the conformance plan "FAPI 2.0 Security Profile" of the OpenID Foundation about codes,
 * tokens and proofs: each entry has the name of a module without its prefix "fapi2-security-profile-final-",
 * its idea, and its requests. The modules about requests are in fapi2-requests.test.ts.
 */

const now = () => Math.floor(Date.now() / 1000)

async function codeOf(fapi: FapiClient, more: Record<string, string> = {}): Promise<string> {
  return (await fapi.follow(await fapi.push(more))).get('code') ?? ''
}

function refused(reply: Reply, ...errors: string[]): void {
  assert.ok(reply.status === 400 || reply.status === 401, `${reply.status} ${reply.text}`)
  assert.ok(errors.includes(tokensIn(reply).error), reply.text)
}

const shifted = (seconds: number) => async (fapi: FapiClient) => {
  const proof = () => ({ iat: now() + seconds })
  const pushed = await fapi.push({}, { proof: proof() })
  const code = (await fapi.follow(pushed)).get('code') ?? ''
  const reply = await fapi.redeem(code, {}, { proof: proof() })
  const { access_token } = tokensIn(reply)
  assert.equal((await fapi.userinfo(access_token, { proof: proof() })).status, 200)
}

const modules: ConformanceModule<FapiClient>[] = [
  [
    'happy-flow',
    'two apps sign the user in with a pushed request, and their tokens are bound to their keys',
    async (fapi) => {
      for (const one of [fapi, await fapiClient(fapi.server)]) {
        const { access_token, id_token } = await one.tokens()
        assert.deepEqual(claimsIn(access_token).cnf, { jkt: one.key.thumbprint })
        const info = (await one.userinfo(access_token)).body as unknown as { sub: string }
        assert.equal(info.sub, claimsIn(id_token).sub)
        const header = JSON.parse(Buffer.from(id_token.split('.')[0] ?? '', 'base64url').toString())
        assert.equal(header.alg, 'ES256')
      }
    },
  ],
  [
    'attempt-reuse-authorization-code-after-one-second',
    'a code works once, and its second use ends the tokens of the first',
    async (fapi) => {
      const code = await codeOf(fapi)
      const { access_token } = tokensIn(await fapi.redeem(code))
      refused(await fapi.redeem(code), 'invalid_grant')
      assert.equal((await fapi.userinfo(access_token)).status, 401)
    },
  ],
  [
    'attempt-to-use-expired-auth-code',
    'a code works for at most 60 seconds',
    async (fapi) => {
      const code = await codeOf(fapi)
      const records = await fapi.server.world.db.query(sql`select expires_at, created_at from oidc_records`)
      const { expires_at, created_at } = records.at(-1) as { expires_at: number; created_at: number }
      assert.ok(expires_at - created_at <= 60_000)
      await fapi.server.world.db.query(sql`update oidc_records set expires_at = 0`)
      refused(await fapi.redeem(code), 'invalid_grant')
    },
  ],
  [
    'ensure-authorization-code-is-bound-to-client',
    'a code is of no use to another app',
    async (fapi) => {
      const other = await fapiClient(fapi.server)
      const code_verifier = fapi.pkce.verifier
      refused(await other.redeem(await codeOf(fapi), { code_verifier }), 'invalid_grant')
    },
  ],
  [
    'ensure-client-id-in-token-endpoint',
    'the client ID in the form is that of the assertion',
    async (fapi) => {
      const other = await fapiClient(fapi.server)
      const reply = await fapi.redeem(await codeOf(fapi), { client_id: other.app.id })
      refused(reply, 'invalid_client', 'invalid_request')
    },
  ],
  [
    'par-ensure-pkce-code-verifier-required and par-incorrect-pkce-code-verifier-rejected',
    'without its verifier a code is of no use',
    async (fapi) => {
      const code = await codeOf(fapi)
      refused(await fapi.redeem(code, { code_verifier: '' }), 'invalid_grant')
      refused(await fapi.redeem(code, { code_verifier: 'x'.repeat(43) }), 'invalid_grant')
      assert.equal((await fapi.redeem(code)).status, 200)
    },
  ],
  [
    'ensure-holder-of-key-required',
    'no token is issued without a key',
    async (fapi) => {
      refused(await fapi.redeem(await codeOf(fapi), {}, { proof: 'none' }), 'invalid_request')
    },
  ],
  [
    'ensure-dpop-auth-code-binding-success',
    'a code that is bound to a key by dpop_jkt is exchanged with it',
    async (fapi) => {
      const code = await codeOf(fapi, { dpop_jkt: fapi.key.thumbprint })
      assert.equal((await fapi.redeem(code)).status, 200)
    },
  ],
  [
    'ensure-token-endpoint-fails-with-mismatched-dpop-jkt and -dpop-proof-jkt',
    'and with no other, also if a proof at the push has bound it',
    async (fapi) => {
      const key = await newProofKey()
      refused(await fapi.redeem(await codeOf(fapi), {}, { key }), 'invalid_grant', 'invalid_dpop_proof')
      const { thumbprint: dpop_jkt } = fapi.key
      refused(await fapi.redeem(await codeOf(fapi, { dpop_jkt }), {}, { key }), 'invalid_grant')
    },
  ],
  ['ensure-dpop-proof-with-iat-10seconds-before-succeeds', 'a clock may be behind', shifted(-10)],
  ['ensure-dpop-proof-with-iat-10seconds-after-succeeds', 'or ahead', shifted(10)],
  [
    'check-dpop-proof-nbf-exp',
    'a proof may say when it is valid',
    async (fapi) => {
      const times = () => ({ nbf: now(), exp: now() + 300 })
      const reply = await fapi.redeem(await codeOf(fapi), {}, { proof: times() })
      const { access_token } = tokensIn(reply)
      assert.equal((await fapi.userinfo(access_token, { proof: times() })).status, 200)
    },
  ],
  [
    'access-token-type-header-case-sensitivity',
    'the name of the scheme is read in any case',
    async (fapi) => {
      const { access_token } = await fapi.tokens()
      for (const scheme of ['DPOP', 'dpop']) {
        const header = { authorization: `${scheme} ${access_token}` }
        assert.equal((await fapi.userinfo(access_token, { header })).status, 200)
      }
    },
  ],
  [
    'dpop-negative-tests',
    'userinfo rejects every proof that is not for this request, and still accepts valid ones',
    async (fapi) => {
      const { access_token } = await fapi.tokens()
      const status = async (proof: Record<string, unknown>) =>
        (await fapi.userinfo(access_token, { proof })).status
      const wrong: Record<string, unknown>[] = [
        ...[
          { jti: undefined },
          { htm: undefined },
          { htu: undefined },
          { iat: undefined },
          { ath: undefined },
        ],
        ...[
          { htm: 'PUT' },
          { htu: 'https://other.example.com/' },
          { iat: now() + 3600 },
          { iat: now() - 3600 },
        ],
        { ath: 'x' },
      ]
      for (const proof of wrong) assert.equal(await status(proof), 401, JSON.stringify(proof))
      const key = await newProofKey()
      assert.equal((await fapi.userinfo(access_token, { key })).status, 401)
      const bearer = { authorization: `Bearer ${access_token}` }
      assert.equal((await fapi.userinfo(access_token, { header: bearer })).status, 401)
      const jti = randomUUID()
      assert.deepEqual([await status({ jti }), await status({ jti })], [200, 401])
      const { host } = new URL(fapi.issuer)
      const same = [
        `${fapi.issuer}/oauth/userinfo?query=1#fragment`,
        `HTTP://${host.toUpperCase()}/oauth/userinfo`,
      ]
      for (const htu of same) assert.equal(await status({ htu, other: 'claim' }), 200, htu)
    },
  ],
  [
    'dpop-negative-tests, with RS256',
    'userinfo takes no proof that is signed too weakly for the profile',
    async (fapi) => {
      const strong = await newProofKey('PS256')
      const code = await codeOf(fapi, {})
      refused(await fapi.redeem(code, {}, { key: await newProofKey('RS256') }), 'invalid_dpop_proof')
      const bound = { dpop_jkt: strong.thumbprint }
      const pushed = await fapi.push(bound, { key: strong })
      const answer = await fapi.follow(pushed)
      const reply = await fapi.redeem(answer.get('code') ?? '', {}, { key: strong })
      const { access_token: accessToken } = tokensIn(reply)
      assert.equal((await fapi.userinfo(accessToken, { key: strong })).status, 200)
      const { subtle } = globalThis.crypto
      const jwk = await subtle.exportKey('jwk', strong.privateKey)
      const { alg: _, key_ops: __, ...plain } = jwk
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      const privateKey = await subtle.importKey('jwk', plain, algorithm, false, ['sign'])
      const weak = { ...strong, alg: 'RS256', privateKey }
      assert.equal((await fapi.userinfo(accessToken, { key: weak })).status, 401)
    },
  ],
  [
    'refresh-token',
    'a refresh token works for its own app alone, with its assertion and a proof',
    async (fapi) => {
      const { refresh_token } = await fapi.tokens()
      const form = { grant_type: 'refresh_token', refresh_token }
      const other = await fapiClient(fapi.server)
      refused(await other.token(form), 'invalid_grant')
      refused(
        await fapi.token({ ...form, client_id: fapi.app.id }, { assertion: 'none' }),
        ...['invalid_client', 'invalid_request'],
      )
      refused(await fapi.token(form, { proof: 'none' }), 'invalid_request')
      assert.equal(tokensIn(await fapi.token(form)).refresh_token, refresh_token)
    },
  ],
]

testPlan('the conformance plan FAPI 2.0 Security Profile: tokens', {
  modules,
  parties: [(server) => fapiClient(server)],
})
