import assert from 'node:assert/strict'
import { type JWTPayload, SignJWT } from 'jose'
import type { NewApp } from '#src/apps/add-app.ts'
import {
  type AppTokens,
  callback,
  formCall,
  newPkce,
  type Pkce,
  registerApp,
  type TestApp,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { assertionOf, type ClientKey, newClientKey } from '#test/support/client-keys.ts'
import { newProofKey, type ProofKey, proofOf } from '#test/support/dpop.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { arrived } from '#test/support/relying-party.ts'
import type { TestServer } from '#test/support/server.ts'

type Fields = Record<string, string>
/** Those that are undefined are left out. */
type Claims = Record<string, unknown>

/** What a call changes: claims of the assertion or of the proof, who calls, and with which key. */
export type Change = {
  readonly assertion?: Claims | 'none'
  readonly proof?: Claims | 'none'
  readonly key?: ProofKey
}

/** An app with the FAPI 2.0 Security Profile, as the conformance suite plays it, with a browser. */
export type FapiClient = {
  readonly server: TestServer
  readonly app: TestApp
  readonly signingKey: ClientKey
  readonly key: ProofKey
  readonly pkce: Pkce
  readonly browser: Client
  readonly client: Client
  readonly issuer: string
  /** Pushes the request of the profile; an empty text leaves a parameter out. */
  push(more?: Fields, change?: Change): Promise<Reply>
  /** The same as a signed request object. */
  pushSigned(claims?: Claims, signing?: { key?: ClientKey; beside?: Fields }): Promise<Reply>
  /** Sends the browser with what a push has returned, and returns what arrives at the app. */
  follow(pushed: Reply, more?: Fields): Promise<URLSearchParams>
  redeem(code: string, more?: Fields, change?: Change): Promise<Reply>
  tokens(more?: Fields): Promise<AppTokens>
  token(fields: Fields, change?: Change): Promise<Reply>
  userinfo(accessToken: string, sent?: Proving): Promise<Reply>
}

export async function fapiClient(
  server: TestServer,
  { alg = 'PS256', ...more }: Partial<NewApp> & { alg?: string } = {},
): Promise<FapiClient> {
  const signingKey = await newClientKey(alg)
  const profile = { requires: ['fapi2'], idTokenAlg: 'ES256', jwks: signingKey.jwks } as const
  const app = await registerApp(server.world, { ...profile, ...more })
  const [browser, client] = [browserAt(server.url), clientAt(server.url)]
  await arrivedOnPage(browser)
  const common = {
    server,
    app,
    signingKey,
    browser,
    client,
    pkce: newPkce(),
    key: await newProofKey('ES256'),
  }
  const issuer = server.world.settings.publicUrl
  const call = callsOf({ ...common, issuer })
  const parameters = {
    ...{ response_type: 'code', client_id: app.id, redirect_uri: callback, scope: 'openid email' },
    ...{ state: 'of the app', nonce: 'n', code_challenge: common.pkce.challenge },
    code_challenge_method: 'S256',
  }
  const fapi: FapiClient = {
    ...{ ...common, issuer },
    push: (fields, change) => call('/oauth/par', present({ ...parameters, ...fields }), change),
    async pushSigned(claims = {}, { key = signingKey, beside = {} } = {}) {
      const request = await requestObject(key, { iss: app.id, aud: issuer, ...parameters, ...claims })
      return call('/oauth/par', { client_id: app.id, request, ...beside })
    },
    follow(pushed, fields = {}) {
      assert.equal(pushed.status, 201, pushed.text)
      const { request_uri } = JSON.parse(pushed.text)
      const query = new URLSearchParams({ client_id: app.id, request_uri, ...fields })
      return arrived(browser, `/oauth/authorize?${query}`, app)
    },
    redeem(code, fields = {}, change = {}) {
      const form = { grant_type: 'authorization_code', code, redirect_uri: callback }
      return call(
        '/oauth/token',
        present({ ...form, code_verifier: common.pkce.verifier, ...fields }),
        change,
      )
    },
    async tokens(fields) {
      const answer = await fapi.follow(await fapi.push(fields))
      const reply = await fapi.redeem(answer.get('code') ?? '')
      assert.equal(reply.status, 200, `${answer} ${reply.text}`)
      return tokensIn(reply)
    },
    token: (fields, change) => call('/oauth/token', fields, change),
    userinfo: (accessToken, sent) => userinfo({ ...common, issuer }, accessToken, sent),
  }
  return fapi
}

function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

function requestObject(key: ClientKey, claims: Claims): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: key.alg, kid: key.kid, typ: 'oauth-authz-req+jwt' }
  const all = { iat: now, nbf: now, exp: now + 60, ...claims }
  return new SignJWT(all).setProtectedHeader(header).sign(key.privateKey)
}

type Proving = { readonly proof?: Claims; readonly header?: Fields; readonly key?: ProofKey }

async function userinfo(
  by: Caller,
  accessToken: string,
  { proof = {}, header = {}, key = by.key }: Proving = {},
): Promise<Reply> {
  const url = `${by.issuer}/oauth/userinfo`
  const dpop = await proofOf(key, { method: 'GET', url, accessToken, claims: proof as JWTPayload })
  const authorization = `DPoP ${accessToken}`
  return by.client.get('/oauth/userinfo', { headers: { authorization, dpop, ...header } })
}

type Caller = Pick<FapiClient, 'app' | 'client' | 'key' | 'signingKey' | 'issuer'>

/** Calls an endpoint with an assertion and a proof. */
function callsOf(by: Caller) {
  return async (path: string, form: Fields, change: Change = {}): Promise<Reply> => {
    const { assertion = {}, proof = {}, key = by.key } = change
    const about = { clientId: by.app.id, audience: by.issuer }
    const proved =
      assertion === 'none' ? {} : await assertionOf(by.signingKey, about, assertion as JWTPayload)
    const headers =
      proof === 'none'
        ? {}
        : { dpop: await proofOf(key, { url: by.issuer + path, claims: proof as JWTPayload }) }
    return formCall(by.client, path, by.app, { ...form, ...proved }, headers)
  }
}
