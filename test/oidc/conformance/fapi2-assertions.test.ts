import assert from 'node:assert/strict'
import { tokensIn } from '#test/support/app-sign-in.ts'
import type { Reply } from '#test/support/client.ts'
import { type ConformanceModule, testPlan } from '#test/support/conformance.ts'
import { type Change, type FapiClient, fapiClient } from '#test/support/fapi-client.ts'

/*
 * The modules of the conformance plan "FAPI 2.0 Security Profile" of the OpenID Foundation about client
 * assertions: each entry has the name of a module without its prefix, its idea, and its requests.
 */

const now = () => Math.floor(Date.now() / 1000)

function refused(reply: Reply, ...errors: string[]): void {
  assert.ok(reply.status >= 400 && reply.status < 500, `${reply.status} ${reply.text}`)
  assert.ok(errors.includes(tokensIn(reply).error), reply.text)
}

const assertionRefused = (assertion: Change['assertion']) => async (fapi: FapiClient) => {
  if (assertion) refused(await fapi.push({}, { assertion }), 'invalid_client', 'invalid_request')
}

const audienceRefused = (audienceOf: (issuer: string) => string | string[]) => async (fapi: FapiClient) =>
  refused(await fapi.push({}, { assertion: { aud: audienceOf(fapi.issuer) } }), 'invalid_client')

const modules: ConformanceModule<FapiClient>[] = [
  [
    'par-endpoint-as-audience-fails',
    'an assertion is for the issuer, and not for an endpoint',
    audienceRefused((issuer) => `${issuer}/oauth/par`),
  ],
  [
    'par-token-endpoint-as-audience-fails',
    'of any kind',
    audienceRefused((issuer) => `${issuer}/oauth/token`),
  ],
  ['par-endpoint-as-array-audience-fails', 'nor for a list', audienceRefused((issuer) => [issuer])],
  [
    'ensure-client-assertion-with-wrong-aud-fails',
    'nor for another server',
    audienceRefused(() => 'https://other.example.com'),
  ],
  [
    'par-ensure-jwt-client-assertion-with-iat-nbf-8-seconds-in-the-future-is-accepted',
    'the clock of the app may be a little ahead',
    async (fapi) => {
      const at = now() + 8
      const pushed = await fapi.push({}, { assertion: { iat: at, nbf: at, exp: at + 60 } })
      assert.equal(pushed.status, 201, pushed.text)
    },
  ],
  [
    'par-ensure-jwt-client-assertion-with-iat-nbf-over-60-seconds-in-the-future-fails',
    'and not more',
    assertionRefused({ iat: now() + 120, nbf: now() + 120, exp: now() + 180 }),
  ],
  [
    'ensure-client-assertion-with-exp-is-5-minutes-in-past-fails',
    'an expired assertion is rejected',
    assertionRefused({ exp: now() - 300 }),
  ],
  [
    'ensure-client-assertion-with-no-sub-fails',
    'so is one without subject',
    assertionRefused({ sub: undefined }),
  ],
  ['ensure-client-assertion-in-token-endpoint', 'and none at all', assertionRefused('none')],
  [
    'ensure-signed-client-assertion-with-RS256-fails',
    'RS256 is too weak for the profile',
    async ({ server }) => {
      refused(await (await fapiClient(server, { alg: 'RS256' })).push(), 'invalid_client')
      assert.equal((await (await fapiClient(server, { alg: 'EdDSA' })).push()).status, 201)
    },
  ],
]

testPlan('the conformance plan FAPI 2.0 Security Profile: client assertions', {
  modules,
  parties: [(server) => fapiClient(server)],
})
