import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'

/** The user at the provider, as described in its ID token and userinfo. */
type Person = { readonly sub: string; readonly [claim: string]: unknown }

/** The deviations of the provider. */
type Faults = {
  /** Replaces claims of the ID token; undefined removes one. */
  claims?: Record<string, unknown>
  /** Signs with a key that is not published. */
  isForged?: boolean
  /** Replaces parameters of the redirect; undefined removes one. */
  redirect?: Record<string, string | undefined>
  /** The status of every response except from the authorization endpoint. */
  status?: number
  /** Responds only to redirects. */
  isSilent?: boolean
}

type Grant = {
  readonly nonce: string | null
  readonly challenge: string
  readonly redirectUri: string
  readonly person: Person
}

export type IdentityProvider = {
  readonly issuer: string
  person: Person
  faults: Faults
  /** Tokens that were issued. */
  readonly exchanges: number
  /** Approves the request of an authorization URL. Returns the path of the callback. */
  authorize(url: string): Promise<string>
  /** The entries of SIGIL_PROVIDERS: with OpenID discovery, and as plain OAuth. */
  readonly oidc: Record<string, unknown>
  readonly oauth: Record<string, unknown>
}

const clientId = 'sigil-test'
const clientSecret = 'a secret of the test provider'

/** The environment with the secret of the entries. */
export const providerEnv = { TEST_PROVIDER_SECRET: clientSecret }

/** An OpenID provider on this machine, which approves every request. Stopped when the test file ends. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const provider = new Provider()
  const server = createServer((request, response) => void provider.answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  await provider.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return provider
}

class Provider implements IdentityProvider {
  issuer = ''
  person: Person = { sub: 'nobody' }
  faults: Faults = {}
  exchanges = 0
  readonly #grants = new Map<string, Grant>()
  readonly #tokens = new Map<string, Person>()
  #keys = new Map<'published' | 'forged', CryptoKey>()
  #jwks: object = {}

  async open(issuer: string): Promise<void> {
    this.issuer = issuer
    const published = await generateKeyPair('ES256', { extractable: true })
    const forged = await generateKeyPair('ES256')
    this.#keys = new Map([
      ['published', published.privateKey],
      ['forged', forged.privateKey],
    ])
    this.#jwks = { keys: [{ ...(await exportJWK(published.publicKey)), kid: 'a', alg: 'ES256', use: 'sig' }] }
  }

  get oidc() {
    return {
      title: 'Company',
      issuer: this.issuer,
      client_id: clientId,
      client_secret_env: 'TEST_PROVIDER_SECRET',
    }
  }

  get oauth() {
    return {
      ...this.oidc,
      title: 'Plain',
      issuer: `${this.issuer}/plain`,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      userinfo_endpoint: `${this.issuer}/userinfo`,
    }
  }

  async authorize(url: string): Promise<string> {
    const response = await fetch(url, { redirect: 'manual' })
    const location = new URL(response.headers.get('location') ?? '')
    return location.pathname + location.search
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer)
    if (url.pathname === '/authorize') return this.#authorized(url.searchParams, response)
    if (this.faults.isSilent) return
    if (this.faults.status !== undefined) {
      response.writeHead(this.faults.status).end('out of order')
      return
    }
    if (url.pathname === '/.well-known/openid-configuration') send(response, 200, this.#metadata())
    else if (url.pathname === '/jwks') send(response, 200, this.#jwks)
    else if (url.pathname === '/token') await this.#exchange(request, response)
    else if (url.pathname === '/userinfo' || url.pathname === '/emails')
      this.#describe(url, request, response)
    else send(response, 404, {})
  }

  #metadata() {
    const { issuer } = this
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      authorization_response_iss_parameter_supported: true,
    }
  }

  #authorized(asked: URLSearchParams, response: ServerResponse): void {
    const code = randomUUID()
    const redirectUri = asked.get('redirect_uri') ?? ''
    this.#grants.set(code, {
      nonce: asked.get('nonce'),
      challenge: asked.get('code_challenge') ?? '',
      redirectUri,
      person: this.person,
    })
    const target = new URL(redirectUri)
    const issuer = asked.has('nonce') ? this.issuer : `${this.issuer}/plain`
    const sent = { code, state: asked.get('state') ?? undefined, iss: issuer, ...this.faults.redirect }
    for (const [name, value] of Object.entries(sent))
      if (value !== undefined) target.searchParams.set(name, value)
    if (asked.get('response_mode') === 'form_post') sendForm(response, redirectUri, target.searchParams)
    else response.writeHead(302, { location: target.href }).end()
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += chunk
    const sent = new URLSearchParams(text)
    const code = sent.get('code') ?? ''
    const grant = this.#grants.get(code)
    this.#grants.delete(code)
    const challenge = createHash('sha256')
      .update(sent.get('code_verifier') ?? '')
      .digest('base64url')
    const isRight =
      grant?.challenge === challenge &&
      grant.redirectUri === sent.get('redirect_uri') &&
      sent.get('client_secret') === clientSecret
    if (!grant || !isRight) return send(response, 400, { error: 'invalid_grant' })
    this.exchanges++
    const accessToken = randomUUID()
    this.#tokens.set(accessToken, grant.person)
    const body = { access_token: accessToken, token_type: 'Bearer', expires_in: 60 }
    send(response, 200, grant.nonce === null ? body : { ...body, id_token: await this.#idToken(grant) })
  }

  async #idToken({ nonce, person }: Grant): Promise<string> {
    const iat = Math.floor(Date.now() / 1000)
    const usual = { iss: this.issuer, aud: clientId, iat, exp: iat + 60, nonce, ...person }
    const claims = Object.entries({ ...usual, ...this.faults.claims }).filter(
      ([, value]) => value !== undefined,
    )
    const key = this.#keys.get(this.faults.isForged ? 'forged' : 'published')
    if (!key) throw new Error('The provider is not open')
    return new SignJWT(Object.fromEntries(claims)).setProtectedHeader({ alg: 'ES256', kid: 'a' }).sign(key)
  }

  #describe({ pathname }: URL, { headers }: IncomingMessage, response: ServerResponse): void {
    const person = this.#tokens.get((headers.authorization ?? '').replace(/^Bearer /, ''))
    if (!person) send(response, 401, {})
    else send(response, 200, pathname === '/emails' ? person.emails : person)
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** OAuth 2.0 Form Post Response Mode, with a button instead of a script. */
function sendForm(response: ServerResponse, action: string, fields: URLSearchParams): void {
  const inputs = [...fields].map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  response.writeHead(200, { 'content-type': 'text/html' })
  response.end(`<form method="post" action="${action}">${inputs.join('')}<button>Continue</button></form>`)
}
