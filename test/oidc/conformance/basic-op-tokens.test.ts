import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { authorizePath, claimsIn, exchange, newPkce, tokensIn } from '#test/support/app-sign-in.ts'
import { type ConformanceModule, testPlan } from '#test/support/conformance.ts'
import { sendForm } from '#test/support/forms.ts'
import { arrived, type RelyingParty, relyingParty } from '#test/support/relying-party.ts'

/*
 * The modules of the conformance plans "Basic OP" and "Form Post OP" of the OpenID Foundation about codes and
 * tokens: each entry has the name of a module, its idea, and its requests. The modules about requests are in
 * basic-op-requests.test.ts.
 */
async function invalidGrant(reply: Promise<{ text: string }>): Promise<void> {
  assert.equal(JSON.parse((await reply).text).error, 'invalid_grant')
}

const modules: ConformanceModule<RelyingParty>[] = [
  [
    'oidcc-server',
    'a code is exchanged for an ID token that a library accepts, and nothing is cached',
    async (party) => {
      const answer = await party.answer()
      const issuer = party.server.world.settings.publicUrl
      assert.deepEqual([answer.get('state'), answer.get('iss')], ['of the app', issuer])
      const reply = await exchange(party.client, party.app, { code: answer.get('code') ?? '' })
      assert.equal(reply.headers['cache-control'], 'no-store')
      const { id_token, access_token } = tokensIn(reply)
      const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', party.server.url))
      const options = { issuer, audience: party.app.id, algorithms: ['RS256'] }
      const { payload, protectedHeader } = await jwtVerify(id_token, keys, options)
      const half = createHash('sha256').update(access_token).digest().subarray(0, 16)
      assert.deepEqual([payload.nonce, payload.at_hash], ['of the app', half.toString('base64url')])
      assert.ok(protectedHeader.kid)
      assert.equal((await party.userinfo(tokensIn(reply))).sub, payload.sub)
    },
  ],
  [
    'oidcc-userinfo-get, -post-header and -post-body',
    'userinfo takes the token in the header or in the form',
    async ({ client, ...party }) => {
      const { access_token: bearer } = await party.tokens()
      const form = { access_token: bearer }
      const replies = [
        await client.get('/oauth/userinfo', { bearer }),
        await client.send('POST', '/oauth/userinfo', { bearer }),
        await sendForm(client, '/oauth/userinfo', form),
      ]
      for (const { status, body, headers } of replies) {
        assert.equal(status, 200)
        assert.match(String(headers['content-type']), /^application\/json/)
        assert.ok((body as unknown as { sub: string }).sub)
      }
    },
  ],
  [
    'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
    'a nonce is not required, and not made up',
    async (party) => {
      assert.equal(claimsIn((await party.tokens({ nonce: '' })).id_token).nonce, undefined)
    },
  ],
  [
    'oidcc-scope-profile, -email and -all',
    'userinfo returns what the scopes reveal',
    async (party) => {
      const claims = await party.userinfo(await party.tokens({ scope: 'openid profile email address phone' }))
      assert.deepEqual([claims.name, claims.email], ['Ada Lovelace', party.email])
      assert.equal(typeof claims.email_verified, 'boolean')
      const bare = await party.userinfo(await party.tokens({ scope: 'openid' }))
      assert.deepEqual(Object.keys(bare), ['sub'])
    },
  ],
  [
    'oidcc-codereuse and oidcc-codereuse-30seconds',
    'a code works once, and its second use ends the tokens of the first',
    async (party) => {
      const answer = await party.answer()
      const { access_token: bearer } = await party.redeem(answer)
      await invalidGrant(exchange(party.client, party.app, { code: answer.get('code') ?? '' }))
      assert.equal((await party.client.get('/oauth/userinfo', { bearer })).status, 401)
    },
  ],
  [
    'oidcc-server-client-secret-post',
    'the secret may be in the form',
    async (party) => {
      const code = (await party.answer()).get('code') ?? ''
      const { id: client_id, secret: client_secret = '', redirectUri: redirect_uri } = party.app
      const form = { grant_type: 'authorization_code', code, redirect_uri, client_id, client_secret }
      const reply = await sendForm(party.client, '/oauth/token', form)
      assert.equal(reply.status, 200, reply.text)
    },
  ],
  [
    'oidcc-claims-essential',
    'a claim that is asked for by itself is in userinfo, and not in the ID token',
    async (party) => {
      const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
      const tokens = await party.tokens({ claims })
      const info = await party.userinfo(tokens)
      assert.deepEqual(Object.keys(info).sort(), ['name', 'sub'])
      assert.equal(claimsIn(tokens.id_token).name, undefined)
    },
  ],
  [
    'oidcc-refresh-token',
    'a refresh returns an ID token about the same sign-in, and only to its own app',
    async (party) => {
      const first = await party.tokens({ scope: 'openid offline_access', prompt: 'consent' })
      const other = await relyingParty(party.server)
      await invalidGrant(other.refresh(first.refresh_token))
      const second = tokensIn(await party.refresh(first.refresh_token))
      const [before, after] = [claimsIn(first.id_token), claimsIn(second.id_token)]
      for (const claim of ['iss', 'sub', 'aud', 'auth_time']) assert.deepEqual(after[claim], before[claim])
      await party.userinfo(second)
    },
  ],
  [
    'oidcc-ensure-request-with-valid-pkce-succeeds',
    'an app that need not use PKCE may',
    async (party) => {
      const pkce = newPkce()
      const answer = await arrived(party.browser, authorizePath(party.app, pkce), party.app)
      const fields = { code: answer.get('code') ?? '', code_verifier: pkce.verifier }
      assert.equal((await exchange(party.client, party.app, fields)).status, 200)
    },
  ],
]

testPlan('the conformance plans Basic OP and Form Post OP: what is issued', {
  modules,
  parties: ['', 'form_post'].map((mode) => (server) => relyingParty(server, { mode })),
})
