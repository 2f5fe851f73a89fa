import type { ProxySite } from '#src/apps/proxy-site.ts'
import type { Instant } from '#src/platform/clock.ts'

/**
 * `web` runs on a server and keeps a secret, `browser` and `native` run with the user and cannot, `machine`
 * acts for itself. `proxy` is behind a proxy that checks every request, and needs no code.
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
  /** The first API is the default, for requests without `resource`. */
  readonly apis: readonly AllowedApi[]
  /** An app of the operator: users are not asked for consent. */
  readonly isFirstParty: boolean
  /** OpenID's Basic profile has no PKCE, which is allowed only for a client with a secret. */
  readonly isPkceOptional: boolean
  /** The algorithm of its ID tokens. OpenID Connect requires RS256, so that is the default. */
  readonly idTokenAlg: IdTokenAlg
  /** Receives logout tokens (OpenID Connect Back-Channel Logout). */
  readonly backchannelUri: string | undefined
  /** Its web site, linked on the consent page and in the list of connected apps. */
  readonly clientUri: string | undefined
  /** Pages of the app, linked on the consent page. */
  readonly termsUri: string | undefined
  readonly privacyUri: string | undefined
  /** Overrides the setting; undefined for the setting. */
  readonly accessLifetimeMs: number | undefined
  readonly refreshLifetimeMs: number | undefined
  /** Whether it may sign users in on devices without a browser (RFC 8628). Native apps always may. */
  readonly usesDeviceFlow: boolean
  /** A disabled app gets no tokens, and its existing tokens are revoked. */
  readonly isDisabled: boolean
  /** Revoking it revokes every token of the app. Disabling the app begins a new one. */
  readonly epoch: string
  readonly source: AppSource
  /** The public keys that it signs with, or where they are: with either, a confidential app has no secret. */
  readonly jwks: Jwks | undefined
  readonly jwksUri: string | undefined
  /** Requirements that are optional for other apps. */
  readonly requires: readonly Requirement[]
  /** Whether all apps see the same id of a user, or each sector a different one. */
  readonly subjectType: SubjectType
  /** Whether it may exchange users' tokens of other apps for tokens of its own (RFC 8693). */
  readonly exchangesTokens: boolean
  /** The site of an app of the kind `proxy`; undefined for all others. */
  readonly site: ProxySite | undefined
  /** Managed by the apps file, so it can only be changed there. */
  readonly isManaged: boolean
  readonly createdAt: Instant
}

/**
 * Requests are pushed first (RFC 9126) or signed (RFC 9101), tokens are bound to a key (RFC 9449), or
 * everything that the FAPI 2.0 Security Profile requires.
 */
export const requirements = ['pushed_request', 'signed_request', 'dpop', 'fapi2'] as const
export type Requirement = (typeof requirements)[number]

export const subjectTypes = ['public', 'pairwise'] as const
type SubjectType = (typeof subjectTypes)[number]

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

/** The id in `rev` whose revocation revokes every token of an app. */
export function revocationIdOf({ clientId, epoch }: Pick<App, 'clientId' | 'epoch'>): string {
  return epoch === '' ? clientId : epoch
}

/** How an app authenticates at the token endpoint (RFC 7591 section 2). */
export function authMethodOf(app: AppInput): 'none' | 'client_secret_basic' | 'private_key_jwt' {
  if (!isConfidential(app)) return 'none'
  return app.jwks || app.jwksUri !== undefined ? 'private_key_jwt' : 'client_secret_basic'
}

/** Whether an app has a requirement, set directly or by its profile. */
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
 * Whether users are asked for consent at each sign-in: nothing proves that the program behind a loopback
 * address or a URI scheme is still the same (RFC 8252 section 8.6), and a client document can change.
 */
export function asksAlways({ source, isFirstParty, redirectUris }: AppInput): boolean {
  if (isFirstParty) return false
  return source === 'document' || redirectUris.some((uri) => !uri.startsWith('https:'))
}

/** The scopes about the user, which every app with a sign-in may request. */
export const userScopes = ['openid', 'profile', 'email', 'roles', 'offline_access'] as const
export type UserScope = (typeof userScopes)[number]
