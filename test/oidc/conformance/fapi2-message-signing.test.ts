import assert from 'node:assert/strict'
import { tokensIn } from '#test/support/app-sign-in.ts'
import type { Reply } from '#test/support/client.ts'
import { newClientKey } from '#test/support/client-keys.ts'
import { type ConformanceModule, testPlan } from '#test/support/conformance.ts'
import { type FapiClient, fapiClient } from '#test/support/fapi-client.ts'

/*
 * The modules of the conformance plan "FAPI 2.0 Message Signing" of the OpenID Foundation about signed
 * requests (JAR): each entry has the name of a module without its prefix, its idea, and its requests. Signed
 * responses (JARM) and signed introspection are not supported.
 */

const now = () => Math.floor(Date.now() / 1000)
const hour = 3600

function refused(reply: Reply): void {
  const errors = ['invalid_request', 'invalid_request_object', 'invalid_redirect_uri']
  assert.ok(reply.status === 400 && errors.includes(tokensIn(reply).error), `${reply.status} ${reply.text}`)
}

const claimsRefused = (claims: () => Record<string, unknown>) => async (fapi: FapiClient) =>
  refused(await fapi.pushSigned(claims()))

const claimsAccepted =
  (claims: (fapi: FapiClient) => Record<string, unknown>) => async (fapi: FapiClient) => {
    const answer = await fapi.follow(await fapi.pushSigned(claims(fapi)))
    assert.ok(answer.get('code'), `${answer}`)
  }

const modules: ConformanceModule<FapiClient>[] = [
  ['happy-flow', 'a signed request signs the user in', claimsAccepted(() => ({}))],
  [
    'ensure-unsigned-request-at-par-endpoint-fails',
    'a request that is not signed is rejected',
    async (fapi) => refused(await fapi.push()),
  ],
  [
    'ensure-request-object-with-multiple-aud-succeeds',
    'the server may be one of several audiences',
    claimsAccepted(({ issuer }) => ({ aud: ['https://other.example.com', issuer] })),
  ],
  [
    'ensure-request-object-with-bad-aud-fails',
    'and must be one',
    claimsRefused(() => ({ aud: 'https://other.example.com' })),
  ],
  [
    'ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted',
    'the clock of the app may be a little ahead',
    claimsAccepted(() => ({ nbf: now() + 8 })),
  ],
  ['ensure-request-object-without-exp-fails', 'a request ends', claimsRefused(() => ({ exp: undefined }))],
  ['ensure-request-object-without-nbf-fails', 'and begins', claimsRefused(() => ({ nbf: undefined }))],
  [
    'ensure-expired-request-object-fails',
    'an old one is rejected',
    claimsRefused(() => ({ exp: now() - 60 })),
  ],
  [
    'ensure-request-object-with-exp-over-60-fails',
    'so is one that lasts for more than an hour',
    claimsRefused(() => ({ exp: now() + hour + 600 })),
  ],
  [
    'ensure-request-object-with-nbf-over-60-fails',
    'or began more than an hour ago',
    claimsRefused(() => ({ nbf: now() - hour - 600 })),
  ],
  [
    'ensure-request-object-without-redirect-uri-fails',
    'an address beside the object does not count',
    async (fapi) => {
      const beside = { redirect_uri: fapi.app.redirectUri }
      refused(await fapi.pushSigned({ redirect_uri: undefined }, { beside }))
    },
  ],
  [
    'state-only-outside-request-object-not-used',
    'nor does a state',
    async (fapi) => {
      const pushed = await fapi.pushSigned({ state: undefined }, { beside: { state: 'beside' } })
      assert.equal((await fapi.follow(pushed, { state: 'beside' })).get('state'), null)
    },
  ],
  [
    'ensure-different-state-and-nonce-inside-and-outside-request-object',
    'what is signed wins',
    async (fapi) => {
      const pushed = await fapi.pushSigned({}, { beside: { state: 'beside', nonce: 'beside' } })
      assert.equal((await fapi.follow(pushed, { state: 'beside' })).get('state'), 'of the app')
    },
  ],
  [
    'ensure-matching-key-in-authorization-request and -with-invalid-signature-fails',
    'only the keys of the app count',
    async (fapi) => {
      const { kid } = fapi.signingKey
      refused(await fapi.pushSigned({}, { key: { ...(await newClientKey('PS256')), kid } }))
    },
  ],
  [
    'ensure-signed-request-object-with-RS256-fails',
    'RS256 is too weak for the profile',
    async (fapi) => refused(await fapi.pushSigned({}, { key: await newClientKey('RS256') })),
  ],
  [
    'ensure-request-object-signature-algorithm-is-not-none',
    'and no signature even more',
    async (fapi) => {
      const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const claims = {
        iss: fapi.app.id,
        aud: fapi.issuer,
        client_id: fapi.app.id,
        nbf: now(),
        exp: now() + 60,
      }
      const request = `${encoded({ alg: 'none' })}.${encoded(claims)}.`
      const names = ['response_type', 'redirect_uri', 'scope', 'state', 'nonce', 'code_challenge']
      const absent = Object.fromEntries(names.map((name) => [name, '']))
      refused(await fapi.push({ ...absent, code_challenge_method: '', request }))
    },
  ],
  [
    'par-authorization-request-containing-request_uri',
    'a signed request names no other request',
    claimsRefused(() => ({ request_uri: 'urn:x' })),
  ],
]

testPlan('the conformance plan FAPI 2.0 Message Signing: signed requests', {
  modules,
  parties: [(server) => fapiClient(server, { requires: ['fapi2', 'signed_request'] })],
})
