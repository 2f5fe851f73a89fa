import { type ProxySite, problemsOfSite, type SiteProblem } from '#src/apps/proxy-site.ts'
import type { Instant } from '#src/platform/clock.ts'

/**
 * `web` runs on a server and keeps a secret, `browser` and `native` run with the user and cannot, `machine`
 * acts for itself. `proxy` is behind a proxy that asks about every request, and needs no code of its own.
 */
export const appKinds = ['web', 'browser', 'native', 'machine', 'proxy'] as const
export type AppKind = (typeof appKinds)[number]

/** Sigil makes 22 random characters; a file of apps may choose others. */
export const clientIdForm = /^app_[A-Za-z0-9_-]{1,60}$/

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
  /** Receives logout tokens (OpenID Connect Back-Channel Logout). */
  readonly backchannelUri: string | undefined
  /** Pages of the app that the consent page links to. */
  readonly termsUri: string | undefined
  readonly privacyUri: string | undefined
  /** Shorter or longer than the setting; undefined for the setting. */
  readonly accessLifetimeMs: number | undefined
  readonly refreshLifetimeMs: number | undefined
  /** Whether it signs users in on devices without a browser (RFC 8628). Native apps always may. */
  readonly usesDeviceFlow: boolean
  /** A disabled app gets no tokens, and those it had are revoked. */
  readonly isDisabled: boolean
  /** Revoking it ends every token of the app. Another one begins when the app is disabled. */
  readonly epoch: string
  readonly source: AppSource
  /** The public keys that it signs with, or where they are: with either, a confidential app has no secret. */
  readonly jwks: Jwks | undefined
  readonly jwksUri: string | undefined
  /** Where an app of the kind `proxy` is served; undefined for all others. */
  readonly site: ProxySite | undefined
  /** Described by a file, which alone changes it. */
  readonly isManaged: boolean
  readonly createdAt: Instant
}

/** RFC 7517 section 5, with public keys only. */
export type Jwks = { readonly keys: readonly Readonly<Record<string, string | readonly string[]>>[] }

export const idTokenAlgs = ['RS256', 'ES256'] as const
type IdTokenAlg = (typeof idTokenAlgs)[number]

export type AppInput = Omit<App, 'clientId' | 'createdAt' | 'isDisabled' | 'isManaged' | 'epoch'>

export function isConfidential({ kind }: Pick<App, 'kind'>): boolean {
  return kind === 'web' || kind === 'machine'
}

export function mayUseDeviceFlow({ kind, usesDeviceFlow }: Pick<App, 'kind' | 'usesDeviceFlow'>): boolean {
  return kind === 'native' || usesDeviceFlow
}

/** The id in `rev` that kills every token of an app. */
export function revocationIdOf({ clientId, epoch }: Pick<App, 'clientId' | 'epoch'>): string {
  return epoch === '' ? clientId : epoch
}

/** How an app proves at the token endpoint who it is (RFC 7591 section 2). */
export function authMethodOf(app: AppInput): 'none' | 'client_secret_basic' | 'private_key_jwt' {
  if (!isConfidential(app)) return 'none'
  return app.jwks || app.jwksUri !== undefined ? 'private_key_jwt' : 'client_secret_basic'
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
export function problemsOf(app: AppInput, publicUrl: string): Problem[] {
  if (app.kind === 'proxy') return problemsOfProxy(app, publicUrl)
  const problems: Problem[] = []
  if (app.site) problems.push({ field: 'hosts', reason: 'only_for_proxies' })
  const isMachine = app.kind === 'machine'
  const hasRedirect = app.redirectUris.length > 0
  if (isMachine && hasRedirect) problems.push({ field: 'redirect_uris', reason: 'not_for_machines' })
  if (!isMachine && !hasRedirect && !mayUseDeviceFlow(app)) {
    problems.push({ field: 'redirect_uris', reason: 'redirect_needed' })
  }
  if (isMachine && app.usesDeviceFlow) problems.push({ field: 'device_flow', reason: 'no_users' })
  if (isMachine && app.backchannelUri !== undefined) {
    problems.push({ field: 'backchannel_logout_uri', reason: 'no_users' })
  }
  if (!app.redirectUris.every((uri) => isRedirectUri(uri, app.kind))) {
    problems.push({ field: 'redirect_uris', reason: 'bad_redirect' })
  }
  if (!app.postLogoutUris.every((uri) => isRedirectUri(uri, app.kind))) {
    problems.push({ field: 'post_logout_uris', reason: 'bad_redirect' })
  }
  if (!app.allowedOrigins.every(isOrigin)) problems.push({ field: 'allowed_origins', reason: 'bad_origin' })
  if (app.isPkceOptional && !isConfidential(app)) problems.push({ field: 'pkce', reason: 'pkce_needed' })
  for (const [field, uri] of pagesOf(app)) {
    if (uri !== undefined && !isPageUri(uri)) problems.push({ field, reason: 'bad_page' })
  }
  if (app.jwks && !areKeysUsable(app.jwks)) problems.push({ field: 'jwks', reason: 'bad_jwks' })
  if (app.jwks && app.jwksUri !== undefined) problems.push({ field: 'jwks_uri', reason: 'bad_jwks_uri' })
  if (app.jwksUri !== undefined && !isFetchable(app.jwksUri)) {
    problems.push({ field: 'jwks_uri', reason: 'bad_jwks_uri' })
  }
  return problems
}

type Problem = { readonly field: AppField; readonly reason: AppProblem }

/** It has no use for anything of OAuth. */
function problemsOfProxy(app: AppInput, publicUrl: string): Problem[] {
  const reason = 'not_for_proxies'
  const ofOAuth = [
    { field: 'redirect_uris', used: app.redirectUris.length > 0 },
    { field: 'post_logout_uris', used: app.postLogoutUris.length > 0 },
    { field: 'allowed_origins', used: app.allowedOrigins.length > 0 },
    { field: 'apis', used: app.apis.length > 0 },
    { field: 'pkce', used: app.isPkceOptional },
  ] as const
  const unused = ofOAuth.filter(({ used }) => used).map(({ field }) => ({ field, reason }) as const)
  const site = app.site ?? { hosts: [], rules: [], allowsPreflight: false }
  return [...unused, ...problemsOfSite(site, publicUrl)]
}

type AppField =
  | 'redirect_uris'
  | 'post_logout_uris'
  | 'allowed_origins'
  | 'pkce'
  | 'backchannel_logout_uri'
  | 'terms_uri'
  | 'privacy_uri'
  | 'device_flow'
  | 'jwks'
  | 'jwks_uri'
  | 'apis'
  | SiteProblem['field']

type AppProblem =
  | 'not_for_machines'
  | 'not_for_proxies'
  | 'only_for_proxies'
  | 'no_users'
  | 'redirect_needed'
  | 'bad_redirect'
  | 'bad_origin'
  | 'bad_page'
  | 'pkce_needed'
  | 'bad_jwks'
  | 'bad_jwks_uri'
  | SiteProblem['reason']

function pagesOf(app: AppInput): (readonly [AppField, string | undefined])[] {
  return [
    ['backchannel_logout_uri', app.backchannelUri],
    ['terms_uri', app.termsUri],
    ['privacy_uri', app.privacyUri],
  ]
}

/** Back-Channel Logout section 2.2: https without a fragment, or http on loopback in development. */
function isPageUri(uri: string): boolean {
  const url = URL.parse(uri)
  if (!url || uri.includes('#') || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopbacks.has(url.hostname))
}

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
