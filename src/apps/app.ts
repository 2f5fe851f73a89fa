import type { Instant } from '#src/platform/clock.ts'

/**
 * `web` runs on a server and keeps a secret, `browser` and `native` run with the user and cannot, `machine`
 * acts for itself.
 */
export const appKinds = ['web', 'browser', 'native', 'machine'] as const
export type AppKind = (typeof appKinds)[number]

/** An API that an app may get tokens for, with the scopes it may get. */
export type AllowedApi = {
  readonly name: string
  readonly audience: string
  readonly scopes: readonly string[]
}

/**
 * Where an app comes from: the operator registered it, it registered itself at the registration endpoint, or
 * its client id is the URL of a document that describes it.
 */
export const appSources = ['operator', 'registration', 'document'] as const
type AppSource = (typeof appSources)[number]

/** An OAuth client. */
export type App = {
  readonly clientId: string
  readonly name: string
  readonly kind: AppKind
  readonly redirectUris: readonly string[]
  readonly postLogoutUris: readonly string[]
  /** The origins whose scripts may call the token endpoint. */
  readonly allowedOrigins: readonly string[]
  /** The first API is the one that a token is for when the request names none. */
  readonly apis: readonly AllowedApi[]
  /** The operator's own: users are not asked whether they agree. */
  readonly isFirstParty: boolean
  /** OpenID's Basic profile signs in without PKCE, which only a client with a secret may do. */
  readonly isPkceOptional: boolean
  /** What its ID tokens are signed with. OpenID Connect requires RS256, so that is the default. */
  readonly idTokenAlg: IdTokenAlg
  readonly source: AppSource
  /** The public keys that it signs with, or where they are: with either, a confidential app has no secret. */
  readonly jwks: Jwks | undefined
  readonly jwksUri: string | undefined
  /** What it must do that other apps may do. */
  readonly requires: readonly Requirement[]
  /** Whether other apps see the same id of a user, or each sector an id of its own. */
  readonly subjectType: SubjectType
  /** Whether it may exchange tokens that users gave to others for tokens of its own (RFC 8693). */
  readonly exchangesTokens: boolean
  readonly createdAt: Instant
}

/**
 * Requests are pushed first (RFC 9126) or signed (RFC 9101), tokens are bound to a key (RFC 9449), or all
 * that the FAPI 2.0 Security Profile asks for.
 */
export const requirements = ['pushed_request', 'signed_request', 'dpop', 'fapi2'] as const
export type Requirement = (typeof requirements)[number]

export const subjectTypes = ['public', 'pairwise'] as const
type SubjectType = (typeof subjectTypes)[number]

/** RFC 7517 section 5, with public keys only. */
export type Jwks = { readonly keys: readonly Readonly<Record<string, string | readonly string[]>>[] }

export const idTokenAlgs = ['RS256', 'ES256'] as const
type IdTokenAlg = (typeof idTokenAlgs)[number]

export type AppInput = Omit<App, 'clientId' | 'createdAt'>

export function isConfidential({ kind }: Pick<App, 'kind'>): boolean {
  return kind === 'web' || kind === 'machine'
}

/** How an app proves at the token endpoint who it is (RFC 7591 section 2). */
export function authMethodOf(app: AppInput): 'none' | 'client_secret_basic' | 'private_key_jwt' {
  if (!isConfidential(app)) return 'none'
  return app.jwks || app.jwksUri !== undefined ? 'private_key_jwt' : 'client_secret_basic'
}

/** Whether an app must do something, by itself or because of its profile. */
export function mustDo({ requires }: Pick<App, 'requires'>, what: Requirement): boolean {
  const isOfProfile = what !== 'signed_request' && requires.includes('fapi2')
  return isOfProfile || requires.includes(what)
}

/** OpenID Connect Core section 8.1: apps of one host see the same pairwise ids. */
export function sectorOf({ redirectUris }: Pick<App, 'redirectUris'>): string | undefined {
  const hosts = new Set(redirectUris.map((uri) => URL.parse(uri)?.host ?? ''))
  const [host] = hosts
  return hosts.size === 1 && host !== '' ? host : undefined
}

/**
 * Whether users are asked at each sign-in: nothing proves that the program behind a loopback address or a
 * scheme is the one they agreed to before (RFC 8252 section 8.6), and a document can change.
 */
export function asksAlways({ source, isFirstParty, redirectUris }: AppInput): boolean {
  if (isFirstParty) return false
  return source === 'document' || redirectUris.some((uri) => !uri.startsWith('https:'))
}

/** The scopes about the user, which every app with a sign-in may ask for. */
export const userScopes = ['openid', 'profile', 'email', 'roles', 'offline_access'] as const

/** The fields of an app that contradict its kind or each other, each with the reason. */
export function problemsOf(app: AppInput): Problem[] {
  const problems: Problem[] = []
  const isMachine = app.kind === 'machine'
  const hasNoRedirect = app.redirectUris.length === 0
  if (isMachine !== hasNoRedirect) {
    problems.push({ field: 'redirect_uris', reason: isMachine ? 'not_for_machines' : 'redirect_needed' })
  }
  if (!app.redirectUris.every((uri) => isRedirectUri(uri, app.kind))) {
    problems.push({ field: 'redirect_uris', reason: 'bad_redirect' })
  }
  if (!app.postLogoutUris.every((uri) => isRedirectUri(uri, app.kind))) {
    problems.push({ field: 'post_logout_uris', reason: 'bad_redirect' })
  }
  if (!app.allowedOrigins.every(isOrigin)) problems.push({ field: 'allowed_origins', reason: 'bad_origin' })
  if (app.isPkceOptional && !isConfidential(app)) problems.push({ field: 'pkce', reason: 'pkce_needed' })
  if (app.jwks && !areKeysUsable(app.jwks)) problems.push({ field: 'jwks', reason: 'bad_jwks' })
  if (app.jwks && app.jwksUri !== undefined) problems.push({ field: 'jwks_uri', reason: 'bad_jwks_uri' })
  if (app.jwksUri !== undefined && !isFetchable(app.jwksUri)) {
    problems.push({ field: 'jwks_uri', reason: 'bad_jwks_uri' })
  }
  return [...problems, ...securityProblemsOf(app)]
}

/** What contradicts the stricter rules that an app is registered with. */
function securityProblemsOf(app: AppInput): Problem[] {
  const problems: Problem[] = []
  const hasKeys = app.jwks !== undefined || app.jwksUri !== undefined
  if (app.requires.includes('signed_request') && !hasKeys) {
    problems.push({ field: 'requires', reason: 'keys_needed' })
  }
  const isStrict =
    authMethodOf(app) === 'private_key_jwt' && !app.isPkceOptional && app.idTokenAlg === 'ES256'
  const isRemote = app.redirectUris.every((uri) => uri.startsWith('https:'))
  if (app.requires.includes('fapi2') && !(isStrict && isRemote)) {
    problems.push({ field: 'requires', reason: 'not_fapi2' })
  }
  if (app.subjectType === 'pairwise' && sectorOf(app) === undefined) {
    problems.push({ field: 'subject_type', reason: 'sector_needed' })
  }
  if (app.exchangesTokens && app.kind !== 'machine') {
    problems.push({ field: 'token_exchange', reason: 'only_for_machines' })
  }
  return problems
}

type Problem = { readonly field: AppField; readonly reason: AppProblem }

type AppField =
  | 'redirect_uris'
  | 'post_logout_uris'
  | 'allowed_origins'
  | 'pkce'
  | 'jwks'
  | 'jwks_uri'
  | 'requires'
  | 'subject_type'
  | 'token_exchange'

type AppProblem =
  | 'not_for_machines'
  | 'redirect_needed'
  | 'bad_redirect'
  | 'bad_origin'
  | 'pkce_needed'
  | 'bad_jwks'
  | 'bad_jwks_uri'
  | 'keys_needed'
  | 'not_fapi2'
  | 'sector_needed'
  | 'only_for_machines'

/** Public keys for signatures, of the kinds that client libraries make. A private key is refused. */
function areKeysUsable({ keys }: Jwks): boolean {
  const isUsable = ({ kty, d, k, use }: Jwks['keys'][number]) =>
    (kty === 'EC' || kty === 'RSA' || kty === 'OKP') && d === undefined && k === undefined && use !== 'enc'
  return keys.length > 0 && keys.length <= 10 && keys.every(isUsable)
}

/** Plain http only reaches a development server's own machine: see `outgoing.ts`. */
function isFetchable(text: string): boolean {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopbacks.has(url.hostname))
  return isWeb && url?.username === '' && url.password === '' && !text.includes('#')
}

const loopbacks = new Set(['localhost', '127.0.0.1', '[::1]'])

/** RFC 9700 section 2.1 and RFC 8252 section 7. */
function isRedirectUri(uri: string, kind: AppKind): boolean {
  const url = URL.parse(uri)
  if (!url || uri.includes('#') || url.username !== '' || url.password !== '') return false
  // Redirect URIs are compared as text, so this must be the text that a URL library sends.
  if (url.href !== uri && url.href !== `${uri}/`) return false
  if (url.protocol === 'https:') return true
  if (url.protocol === 'http:') return loopbacks.has(url.hostname)
  return kind === 'native' && /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(url.protocol)
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopbacks.has(url.hostname))
  return isWeb && url?.origin === text
}
