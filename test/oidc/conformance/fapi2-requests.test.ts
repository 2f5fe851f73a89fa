import assert from 'node:assert/strict'
import { sql } from '#src/store/sql.ts'
import { authorizePath, locationOf, newPkce, tokensIn } from '#test/support/app-sign-in.ts'
import type { Reply } from '#test/support/client.ts'
import { type ConformanceModule, testPlan } from '#test/support/conformance.ts'
import { newProofKey } from '#test/support/dpop.ts'
import { type FapiClient, fapiClient } from '#test/support/fapi-client.ts'
import { sendForm } from '#test/support/forms.ts'
import { arrived } from '#test/support/relying-party.ts'

/*
 * The modules of the conformance plan "FAPI 2.0 Security Profile" of the OpenID Foundation about requests:
 * each entry has the name of a module without its prefix "fapi2-security-profile-final-", its idea, and its
 * requests. The others are in fapi2-assertions.test.ts and fapi2-tokens.test.ts.
 */

function refused(reply: Reply, ...errors: string[]): void {
  assert.ok(reply.status >= 400 && reply.status < 500, `${reply.status} ${reply.text}`)
  assert.ok(errors.includes(tokensIn(reply).error), reply.text)
}

const pushRefused =
  (fields: Record<string, string>, error = 'invalid_request') =>
  async (fapi: FapiClient) =>
    refused(await fapi.push(fields), error)

const signsIn = (fields: Record<string, string>) => async (fapi: FapiClient) => {
  assert.ok((await fapi.tokens(fields)).access_token)
}

const modules: ConformanceModule<FapiClient>[] = [
  [
    'par-without-duplicate-parameters',
    'the client ID and the reference are enough at the authorization endpoint',
    async (fapi) => {
      const answer = await fapi.follow(await fapi.push())
      assert.deepEqual([answer.get('iss'), answer.get('state')], [fapi.issuer, 'of the app'])
      assert.ok(answer.get('code'))
    },
  ],
  [
    'ensure-unsigned-authorization-request-without-using-par-fails',
    'a request that was not pushed is rejected',
    async ({ app, browser }) => {
      const answer = await arrived(browser, authorizePath(app, newPkce()), app)
      assert.equal(answer.get('error'), 'invalid_request')
    },
  ],
  [
    'par-attempt-reuse-request_uri',
    'a reference works once',
    async (fapi) => {
      const pushed = await fapi.push()
      assert.ok((await fapi.follow(pushed)).get('code'))
      await assertRejected(fapi, pushed)
    },
  ],
  [
    'par-ensure-server-accepts-reused-request-uri-before-authentication-completion',
    'until the user has signed in, it may be visited again',
    async (fapi) => {
      const pushed = await fapi.push({ prompt: 'login' })
      const { request_uri } = JSON.parse(pushed.text)
      const query = new URLSearchParams({ client_id: fapi.app.id, request_uri })
      assert.match(locationOf(await fapi.browser.get(`/oauth/authorize?${query}`)), /^\/account\/confirm/)
      assert.ok((await fapi.follow(pushed)).get('code'))
    },
  ],
  [
    'par-attempt-to-use-expired-request_uri',
    'an expired reference is rejected',
    async (fapi) => {
      const pushed = await fapi.push()
      assert.ok(JSON.parse(pushed.text).expires_in <= 600)
      await fapi.server.world.db.query(sql`update oidc_records set expires_at = 0`)
      await assertRejected(fapi, pushed)
    },
  ],
  [
    'par-ensure-request-uri-is-bound-to-client',
    'a reference is of no use to another app',
    async (fapi) => {
      const other = await fapiClient(fapi.server)
      await assertRejected(other, await fapi.push())
    },
  ],
  [
    'par-authorization-request-containing-request_uri-form-param',
    'a request that is pushed contains no reference to another',
    async (fapi) => {
      refused(await fapi.push({ request_uri: 'urn:x' }), 'invalid_request')
    },
  ],
  [
    'par-attempt-invalid-http-method',
    'a request is pushed with POST alone',
    async ({ client }) => {
      for (const method of ['GET', 'PUT']) assert.equal((await client.send(method, '/oauth/par')).status, 405)
    },
  ],
  ['par-ensure-pkce-required', 'PKCE is required', pushRefused({ code_challenge: '' })],
  ['par-ensure-plain-pkce-rejected', 'and only S256', pushRefused({ code_challenge_method: 'plain' })],
  [
    'ensure-response-type-token-fails',
    'no token is issued by the browser',
    pushRefused({ response_type: 'token' }),
  ],
  [
    'ensure-response-type-code-idtoken-fails',
    'nor an ID token',
    pushRefused({ response_type: 'code id_token' }),
  ],
  [
    'ensure-redirect-uri-in-authorization-request',
    'an address is required',
    pushRefused({ redirect_uri: '' }),
  ],
  [
    'tolerate-unregistered-redirect-uri',
    'and must be registered',
    pushRefused({ redirect_uri: 'https://evil.example/callback' }),
  ],
  ['ensure-authorization-request-without-state-success', 'a state is optional', signsIn({ state: '' })],
  ['ensure-authorization-request-without-nonce-success', 'a nonce too', signsIn({ nonce: '' })],
  [
    'ensure-authorization-request-with-64-char-nonce',
    'a nonce may be long',
    signsIn({ nonce: 'n'.repeat(64) }),
  ],
  ['ensure-authorization-request-with-long-nonce', 'or longer', signsIn({ nonce: 'n'.repeat(384) })],
  [
    'ensure-authorization-request-with-long-state',
    'a long state is returned as it was',
    async (fapi) => {
      const state = 's'.repeat(1000)
      assert.equal((await fapi.follow(await fapi.push({ state }))).get('state'), state)
    },
  ],
  [
    'ensure-other-scope-order-succeeds',
    'the order of scopes does not matter',
    signsIn({ scope: 'email openid' }),
  ],
  [
    'user-rejects-authentication',
    'a user who does not agree is an error for the app',
    async ({ server }) => {
      const fapi = await fapiClient(server, { isFirstParty: false })
      const { request_uri } = JSON.parse((await fapi.push()).text)
      const query = new URLSearchParams({ client_id: fapi.app.id, request_uri })
      const consent = locationOf(await fapi.browser.get(`/oauth/authorize?${query}`))
      const sent = await sendForm(fapi.browser, consent, { decision: 'refuse' })
      const answer = await arrived(fapi.browser, locationOf(sent), fapi.app)
      assert.equal(answer.get('error'), 'access_denied')
    },
  ],
  [
    'test-essential-acr-sca-claim',
    'an essential level that does not exist is an error, and no endless page',
    async (fapi) => {
      const claims = { id_token: { acr: { essential: true, value: 'urn:openbanking:psd2:sca' } } }
      const answer = await fapi.follow(await fapi.push({ claims: JSON.stringify(claims) }))
      assert.equal(answer.get('error'), 'unmet_authentication_requirements')
    },
  ],
  [
    'ensure-mismatched-dpop-jkt-fails',
    'dpop_jkt is the key of the proof that comes with it',
    async (fapi) => {
      const { thumbprint } = await newProofKey()
      refused(await fapi.push({ dpop_jkt: thumbprint }), 'invalid_request', 'invalid_dpop_proof')
      assert.equal((await fapi.push({ dpop_jkt: fapi.key.thumbprint })).status, 201)
    },
  ],
]

/** The browser stays on an error page, or the app gets an error about the reference. */
async function assertRejected({ app, browser }: FapiClient, pushed: Reply): Promise<void> {
  assert.equal(pushed.status, 201, pushed.text)
  const { request_uri } = JSON.parse(pushed.text)
  const reply = await browser.get(
    `/oauth/authorize?${new URLSearchParams({ client_id: app.id, request_uri })}`,
  )
  const isPage = reply.status === 400 && reply.headers.location === undefined
  assert.ok(isPage || /error=invalid_request/.test(String(reply.headers.location)), reply.text)
}

testPlan('the conformance plan FAPI 2.0 Security Profile: requests', {
  modules,
  parties: [(server) => fapiClient(server)],
})
