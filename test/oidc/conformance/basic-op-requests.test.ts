import assert from 'node:assert/strict'
import { sql } from '#src/store/sql.ts'
import { type AppTokens, claimsIn, locationOf } from '#test/support/app-sign-in.ts'
import { browserAt } from '#test/support/client.ts'
import { type ConformanceModule, testPlan } from '#test/support/conformance.ts'
import { sendForm } from '#test/support/forms.ts'
import { arrived, type RelyingParty, relyingParty } from '#test/support/relying-party.ts'

/*
 * The modules of the conformance plans "Basic OP" and "Form Post OP" of the OpenID Foundation about requests:
 * each entry has the name of a module, its idea, and its requests. The modules about codes and tokens are in
 * basic-op-tokens.test.ts.
 */
/** Signs in once more, in the same session unless the user has to authenticate again. */
async function twice(party: RelyingParty, more: (first: AppTokens) => Record<string, string>) {
  const first = await party.tokens({ max_age: '15000' })
  const second = await party.tokens(more(first))
  return [claimsIn(first.id_token), claimsIn(second.id_token)] as const
}

/** The session is older than it is: nothing has to wait. */
async function agedSession({ server }: RelyingParty): Promise<void> {
  await server.world.db.query(sql`update sessions set authenticated_at = authenticated_at - 10000`)
}

const succeeds = (more: Record<string, string>) => async (party: RelyingParty) => {
  assert.ok((await party.tokens(more)).id_token)
}

const modules: ConformanceModule<RelyingParty>[] = [
  [
    'oidcc-response-type-missing',
    'a request without a response type is an error',
    async (party) => {
      assert.equal((await party.answer({ response_type: '' })).get('error'), 'invalid_request')
    },
  ],
  [
    'oidcc-alternate-happy-flow',
    'the order of scopes and of parameters does not matter',
    async (party) => {
      const [path = '', query = ''] = party.request({ scope: 'email openid' }).split('?')
      const reversed = new URLSearchParams([...new URLSearchParams(query)].toReversed())
      const answer = await arrived(party.browser, `${path}?${reversed}`, party.app)
      assert.ok(answer.get('code'), `${answer}`)
    },
  ],
  ['oidcc-display-page', 'the display parameter is not an error', succeeds({ display: 'page' })],
  ['oidcc-display-popup', 'a popup neither', succeeds({ display: 'popup' })],
  [
    'oidcc-prompt-login',
    'a user who is signed in signs in again, and the ID token says when',
    async (party) => {
      await party.tokens()
      await agedSession(party)
      const asked = locationOf(await party.browser.get(party.request({ prompt: 'login' })))
      assert.match(asked, /^\/account\/confirm\?/)
      await agedSession(party)
      const before = claimsIn((await party.tokens()).id_token)
      const after = claimsIn((await party.tokens({ prompt: 'login' })).id_token)
      assert.ok(Number(after.auth_time) > Number(before.auth_time))
    },
  ],
  [
    'oidcc-prompt-none-not-logged-in',
    'without a session, prompt=none is an error',
    async (party) => {
      const stranger = browserAt(party.server.url)
      assert.equal((await party.answer({ prompt: 'none' }, stranger)).get('error'), 'login_required')
    },
  ],
  [
    'oidcc-prompt-none-logged-in',
    'with a session, prompt=none shows nothing and changes nothing',
    async (party) => {
      const [first, second] = await twice(party, () => ({ prompt: 'none' }))
      assert.deepEqual([second.sub, second.auth_time], [first.sub, first.auth_time])
    },
  ],
  [
    'oidcc-max-age-1',
    'a session that is older than max_age is not enough',
    async (party) => {
      const before = claimsIn((await party.tokens()).id_token)
      await agedSession(party)
      assert.equal((await party.answer({ max_age: '1', prompt: 'none' })).get('error'), 'login_required')
      const after = claimsIn((await party.tokens({ max_age: '1' })).id_token)
      assert.ok(Number(after.auth_time) >= Number(before.auth_time))
    },
  ],
  [
    'oidcc-max-age-10000',
    'a younger session is enough',
    async (party) => {
      const [first, second] = await twice(party, () => ({ max_age: '10000', prompt: 'none' }))
      assert.deepEqual([second.sub, second.auth_time], [first.sub, first.auth_time])
    },
  ],
  [
    'oidcc-ensure-request-with-unknown-parameter-succeeds',
    'unknown parameters are ignored',
    succeeds({ extra: 'foobar' }),
  ],
  [
    'oidcc-id-token-hint',
    'the hint of the user who is signed in needs no page',
    async (party) => {
      const [first, second] = await twice(party, ({ id_token }) => ({
        ...{ prompt: 'none', id_token_hint: id_token },
      }))
      assert.deepEqual([second.sub, second.auth_time], [first.sub, first.auth_time])
    },
  ],
  [
    'oidcc-login-hint',
    'a login hint fills in the form',
    async (party) => {
      const login_hint = 'buffy@auth.example.com'
      const page = locationOf(await browserAt(party.server.url).get(party.request({ login_hint })))
      assert.match(page, /^\/sign-in\?.*login=buffy%40auth\.example\.com/)
    },
  ],
  [
    'oidcc-ui-locales',
    'a language that the pages do not have is not an error',
    succeeds({ ui_locales: 'se' }),
  ],
  ['oidcc-claims-locales', 'nor is one for claims', succeeds({ claims_locales: 'se' })],
  [
    'oidcc-ensure-request-with-acr-values-succeeds',
    'of the listed levels, the ID token names the one that was reached',
    async (party) => {
      const { acr } = claimsIn((await party.tokens({ acr_values: 'aal1 aal2' })).id_token)
      assert.equal(acr, 'aal1')
    },
  ],
  [
    'oidcc-ensure-registered-redirect-uri',
    'an address that is not registered is not redirected to',
    async (party) => {
      const page = await party.browser.get(party.request({ redirect_uri: `${party.app.redirectUri}/other` }))
      assert.deepEqual([page.status, page.headers.location], [400, undefined])
    },
  ],
  [
    'oidcc-ensure-post-request-succeeds',
    'a request may be a form',
    async (party) => {
      const fields = Object.fromEntries(new URLSearchParams(party.request().split('?')[1]))
      const sent = await sendForm(party.browser, '/oauth/authorize', fields, { origin: 'null' })
      assert.ok((await arrived(party.browser, locationOf(sent), party.app)).get('code'))
    },
  ],
  [
    'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
    'a request at another address is an error, and not ignored',
    async (party) => {
      const answer = await party.answer({ request_uri: 'https://app.example.com/request.jwt' })
      assert.equal(answer.get('error'), 'request_uri_not_supported')
    },
  ],
  [
    'oidcc-unsigned-request-object-… and oidcc-ensure-request-object-with-redirect-uri',
    'an unsigned request object is an error, and discovery lists no support for one',
    async (party) => {
      const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const object = { client_id: party.app.id, iss: party.app.id, redirect_uri: 'https://evil.example/' }
      const request = `${encoded({ alg: 'none' })}.${encoded(object)}.`
      assert.equal((await party.answer({ request })).get('error'), 'invalid_request_object')
    },
  ],
]

testPlan('the conformance plans Basic OP and Form Post OP: requests', {
  modules,
  parties: ['', 'form_post'].map((mode) => (server) => relyingParty(server, { mode })),
})
