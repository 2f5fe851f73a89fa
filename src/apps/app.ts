import type { Instant } from '#src/platform/clock.ts'

/**
 * `web` runs on a server and keeps a secret, `browser` and `native` run with the user and cannot, `machine`
 * acts for itself.
 */
export const appKinds = ['web', 'browser', 'native', 'machine'] as const
export type AppKind = (typeof appKinds)[number]

/** Sigil makes 22 random characters; a file of apps may choose others. */
export const clientIdForm = /^app_[A-Za-z0-9_-]{1,60}$/

/** An API that an app may get tokens for, with the scopes it may get. */
export type AllowedApi = {
  readonly name: string
  readonly audience: string
  readonly scopes: readonly string[]
}

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
  /** Described by a file, which alone changes it. */
  readonly isManaged: boolean
  readonly createdAt: Instant
}

export const idTokenAlgs = ['RS256', 'ES256'] as const
type IdTokenAlg = (typeof idTokenAlgs)[number]

export type AppInput = Omit<App, 'clientId' | 'createdAt' | 'isManaged'>

export function isConfidential({ kind }: Pick<App, 'kind'>): boolean {
  return kind === 'web' || kind === 'machine'
}

/** The scopes about the user, which every app with a sign-in may ask for. */
export const userScopes = ['openid', 'profile', 'email', 'roles', 'offline_access'] as const

/** The fields of an app that contradict its kind or each other, each with the reason. */
export function problemsOf(app: AppInput): { readonly field: AppField; readonly reason: AppProblem }[] {
  const problems: { field: AppField; reason: AppProblem }[] = []
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
  return problems
}

type AppField = 'redirect_uris' | 'post_logout_uris' | 'allowed_origins' | 'pkce'

type AppProblem = 'not_for_machines' | 'redirect_needed' | 'bad_redirect' | 'bad_origin' | 'pkce_needed'

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
