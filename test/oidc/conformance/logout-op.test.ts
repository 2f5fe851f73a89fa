import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateKeyPair, SignJWT } from 'jose'
import { claimsIn, locationOf } from '#test/support/app-sign-in.ts'
import type { Reply } from '#test/support/client.ts'
import type { ConformanceModule } from '#test/support/conformance.ts'
import { onSqlite } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'
import { checkedLogoutToken, startLogoutReceiver } from '#test/support/logout-receiver.ts'
import { type RelyingParty, relyingParty } from '#test/support/relying-party.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/*
 * The modules of the conformance plans "RP-Initiated Logout OP" and "Back-Channel Logout OP" of the OpenID
 * Foundation: each entry has the name of a module, its idea, and its requests.
 */

const home = 'https://app.example.com/post_logout_redirect'

type Fields = Record<string, string>

/** Signs in, and requests a logout with the ID token and the changes of the module. */
async function askedToLogOut(party: RelyingParty, change: (idToken: string) => Fields | Promise<Fields>) {
  const { id_token } = await party.tokens()
  const query = new URLSearchParams(await change(id_token))
  return party.browser.get(`/oauth/logout?${query}`)
}

/** At the end, the module authenticates with prompt=none. */
async function assertSignedOut(party: RelyingParty): Promise<void> {
  assert.equal((await party.answer({ prompt: 'none' })).get('error'), 'login_required')
}

/** The browser stays, and the user decides; then a page confirms that they are signed out. */
async function assertAsks(party: RelyingParty, page: Reply, sent: Fields = {}): Promise<void> {
  assert.equal(page.status, 200)
  assert.match(page.text, /Stay signed in/)
  assert.ok((await party.answer({ prompt: 'none' })).get('code'))
  const agreed = await sendForm(party.browser, '/oauth/logout/confirm', sent)
  assert.equal(agreed.headers.location, '/sign-in')
  assert.match((await party.browser.get('/sign-in')).text, /You are signed out/)
  await assertSignedOut(party)
}

const signsOut = (more: Fields, returnTo: string) => async (party: RelyingParty) => {
  const reply = await askedToLogOut(party, (id_token_hint) => ({ id_token_hint, ...more }))
  assert.equal(reply.headers.location, returnTo)
  await assertSignedOut(party)
}

const asks = (change: (idToken: string) => Fields | Promise<Fields>) => async (party: RelyingParty) => {
  await assertAsks(party, await askedToLogOut(party, change))
}

const modules: ConformanceModule<RelyingParty>[] = [
  [
    'oidcc-rp-initiated-logout',
    'the user is signed out and returns to the app, with its state',
    signsOut({ post_logout_redirect_uri: home, state: 'x y' }, `${home}?state=x+y`),
  ],
  [
    'oidcc-rp-initiated-logout-no-state',
    'without a state, none is returned',
    signsOut({ post_logout_redirect_uri: home }, home),
  ],
  [
    'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
    'the user is asked and does not return to an address that is not registered',
    asks((id_token_hint) => ({ id_token_hint, post_logout_redirect_uri: 'https://evil.example/' })),
  ],
  [
    'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
    'nor to a registered one with a query',
    asks((id_token_hint) => ({ id_token_hint, post_logout_redirect_uri: `${home}?foo=bar` })),
  ],
  [
    'oidcc-rp-initiated-logout-bad-id-token-hint',
    'an ID token that another key has signed proves nothing',
    asks(async (idToken) => {
      const { privateKey } = await generateKeyPair('RS256')
      const header = JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString())
      const forged = await new SignJWT(claimsIn(idToken)).setProtectedHeader(header).sign(privateKey)
      return { id_token_hint: forged, post_logout_redirect_uri: home }
    }),
  ],
  [
    'oidcc-rp-initiated-logout-modified-id-token-hint',
    'nor does one without a signature',
    asks((idToken) => {
      const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
      return { id_token_hint: `${header}.${idToken.split('.')[1]}.`, post_logout_redirect_uri: home }
    }),
  ],
  [
    'oidcc-rp-initiated-logout-no-id-token-hint',
    'without an ID token the user is asked, and stays here',
    asks(() => ({ post_logout_redirect_uri: home })),
  ],
  ['oidcc-rp-initiated-logout-no-params', 'a bare request is a question to the user', asks(() => ({}))],
  [
    'oidcc-rp-initiated-logout-only-state',
    'a state alone changes nothing about that',
    asks(() => ({ state: 'x' })),
  ],
  [
    'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
    'without an address the user sees that they are signed out',
    async (party) => {
      const reply = await askedToLogOut(party, (id_token_hint) => ({ id_token_hint }))
      assert.equal(reply.headers.location, '/sign-in')
      assert.match((await party.browser.get('/sign-in')).text, /You are signed out/)
      await assertSignedOut(party)
    },
  ],
]

onSqlite('the conformance plan RP-Initiated Logout OP', (engine) => {
  const server = serverForSuite(engine)

  for (const [name, idea, run] of modules) {
    test(`${name}: ${idea}`, async () => run(await relyingParty(server(), { postLogoutUris: [home] })))
  }

  test('oidcc-backchannel-rp-initiated-logout: the app gets the ids of its ID token', async () => {
    const receiver = await startLogoutReceiver()
    const party = await relyingParty(server(), { postLogoutUris: [home], backchannelUri: receiver.uri })
    const { id_token: id_token_hint } = await party.tokens()
    const request = new URLSearchParams({ id_token_hint, post_logout_redirect_uri: home })
    assert.equal(locationOf(await party.browser.get(`/oauth/logout?${request}`)), home)
    await receiver.arrived(1)
    const issuer = server().world.settings.publicUrl
    const expected = { serverUrl: server().url, issuer, audience: party.app.id }
    const payload = await checkedLogoutToken(receiver.tokens[0] ?? '', expected)
    const { sub, sid } = claimsIn(id_token_hint)
    assert.deepEqual([payload.sub, payload.sid], [sub, sid])
    await assertSignedOut(party)
  })
})

/** The checks of the discovery document in the plan "Config OP" and in the plans for logouts. */
onSqlite('the conformance plan Config OP', (engine) => {
  const server = serverForSuite(engine)

  test('oidcc-discovery-endpoint-verification: the document lists what the plans require', async () => {
    const { client } = await relyingParty(server())
    const reply = await client.get('/.well-known/openid-configuration')
    const document = JSON.parse(reply.text)
    assert.equal(document.issuer, server().world.settings.publicUrl)
    const required = {
      response_types_supported: 'code',
      subject_types_supported: 'public',
      id_token_signing_alg_values_supported: 'RS256',
      request_object_signing_alg_values_supported: 'RS256',
      grant_types_supported: 'authorization_code',
      scopes_supported: 'openid',
      claims_supported: 'sub',
      code_challenge_methods_supported: 'S256',
      token_endpoint_auth_signing_alg_values_supported: 'PS256',
      dpop_signing_alg_values_supported: 'ES256',
    }
    for (const [name, value] of Object.entries(required)) assert.ok(document[name].includes(value), name)
    const flags = [
      'claims_parameter_supported',
      'request_parameter_supported',
      'backchannel_logout_supported',
    ]
    const others = ['backchannel_logout_session_supported', 'authorization_response_iss_parameter_supported']
    for (const name of [...flags, ...others]) assert.equal(document[name], true, name)
    assert.equal(document.require_pushed_authorization_requests, false)
    const { keys } = JSON.parse((await client.get('/.well-known/jwks.json')).text)
    const ids = keys.map(({ kid }: { kid: string }) => kid)
    assert.equal(new Set(ids).size, ids.length)
    assert.ok(keys.every((key: object) => !('d' in key) && 'use' in key && 'alg' in key))
  })
})
