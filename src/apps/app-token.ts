import { type App, revocationIdOf, userScopes } from '#src/apps/app.ts'
import { AppError } from '#src/errors/errors.ts'
import { maxTokenLifetimeMs } from '#src/keys/key.ts'
import type { Instant } from '#src/platform/clock.ts'
import { randomId } from '#src/platform/random.ts'
import { mintedUntil } from '#src/revocations/log/minted-until.ts'
import { endOf, type GrantSubject } from '#src/sessions/grant.ts'
import { encodeJwt } from '#src/tokens/jwt.ts'
import { refuseByWrongClock } from '#src/tokens/mint.ts'
import type { Level } from '#src/users/factor.ts'
import type { World } from '#src/world/world.ts'

/** The claims of an access token of an app (RFC 9068); times in seconds. A machine's has no user. */
export type AppTokenClaims = {
  readonly iss: string
  /** The audience of one API, or the URL of the userinfo endpoint. */
  readonly aud: string
  readonly client_id: string
  readonly sub: string
  readonly scope: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  /** Every id whose revocation revokes this token: grant, app and session, unless offline or pairwise. */
  readonly rev: readonly string[]
  readonly auth_time?: number
  readonly acr?: Level
  readonly amr?: readonly string[]
  /** RFC 9449 section 6.1: the key that the client must prove with each use. */
  readonly cnf?: { readonly jkt: string }
  /** RFC 8693 section 4.1: who acts for the user. */
  readonly act?: Actor
}

type Actor = { readonly sub: string; readonly act?: Actor }

export type AppAccess = {
  readonly accessToken: string
  readonly expiresAt: Instant
  readonly scopes: readonly string[]
  /** The key that the token is bound to; undefined for a bearer token. */
  readonly keyThumbprint: string | undefined
}

/** The audience of a token that is not for an API. */
export function userinfoUrl({ settings }: Pick<World, 'settings'>): string {
  return `${settings.publicUrl}/oauth/userinfo`
}

/**
 * `now` was read before the grant, so the token's lifetime begins before any revocation that it could miss.
 */
export function mintForGrant(world: World, minting: ForGrant): AppAccess {
  const { subject, sub, app, audience, scopes, now, keyThumbprint } = minting
  const { grant } = subject
  const expiresAt = Math.min(now + accessLifetimeOf(world, app), endOf(subject))
  const namesSession = grant.sessionId !== undefined && !grant.isPairwise
  const session = namesSession ? [grant.sessionId] : []
  const allowed = scopesFor(app, audience, scopes)
  const token = mint(world, now, {
    ...commonClaims(world, { app, audience, scopes: allowed, now, expiresAt, keyThumbprint }),
    sub,
    rev: [grant.id, revocationIdOf(grant), ...session],
    auth_time: seconds(grant.authenticatedAt),
    acr: grant.level,
    amr: grant.amr,
  })
  return { accessToken: token, expiresAt, scopes: allowed, keyThumbprint }
}

type ForGrant = {
  readonly subject: GrantSubject
  /** The user id that the app sees. */
  readonly sub: string
  readonly app: App
  readonly audience: string
  readonly scopes: readonly string[]
  readonly now: Instant
  readonly keyThumbprint: string | undefined
}

/** RFC 9068 section 2.2: the subject of a client that acts for itself is the client. */
export function mintForMachine(
  world: World,
  { app, audience, scopes, now, keyThumbprint }: Minting,
): AppAccess {
  const expiresAt = now + accessLifetimeOf(world, app)
  const token = mint(world, now, {
    ...commonClaims(world, { app, audience, scopes, now, expiresAt, keyThumbprint }),
    sub: app.clientId,
    rev: [revocationIdOf(app)],
  })
  return { accessToken: token, expiresAt, scopes, keyThumbprint }
}

/**
 * A token for a machine that acts for the user of another token. Whatever revokes that token revokes this one
 * too.
 */
export function mintForActor(
  world: World,
  { app, claims, audience, scopes, now, keyThumbprint }: Minting & { claims: AppTokenClaims },
): AppAccess {
  const expiresAt = Math.min(now + accessLifetimeOf(world, app), claims.exp * 1000)
  const { sub, rev, auth_time, acr, amr, act } = claims
  const token = mint(world, now, {
    ...commonClaims(world, { app, audience, scopes, now, expiresAt, keyThumbprint }),
    sub,
    rev: [...new Set([...rev, revocationIdOf(app)])],
    act: { sub: app.clientId, ...(act && { act }) },
    ...(auth_time !== undefined && { auth_time }),
    ...(acr && { acr }),
    ...(amr && { amr }),
  })
  return { accessToken: token, expiresAt, scopes, keyThumbprint }
}

/** Revocation log entries are kept for the maximum lifetime, so an app cannot exceed it. */
function accessLifetimeOf({ settings }: World, { accessLifetimeMs }: App): number {
  return Math.min(accessLifetimeMs ?? settings.accessTokenLifetimeMs, maxTokenLifetimeMs)
}

/** The idle lifetime of a grant of the app. */
export function refreshLifetimeOf({ settings }: Pick<World, 'settings'>, { refreshLifetimeMs }: App): number {
  return refreshLifetimeMs ?? settings.refreshLifetimeMs
}

/** The scopes that reveal something about the user, and those that the app may have for this API. */
function scopesFor(app: App, audience: string, scopes: readonly string[]): string[] {
  const ofApi = app.apis.find((api) => api.audience === audience)?.scopes ?? []
  const known = new Set<string>([...userScopes, ...ofApi])
  return scopes.filter((scope) => known.has(scope))
}

type Minting = Omit<ForGrant, 'subject' | 'sub'>
type Common = Minting & { readonly expiresAt: Instant }

function commonClaims({ settings, random }: World, common: Common) {
  const { app, audience, scopes, now, expiresAt, keyThumbprint } = common
  return {
    ...(keyThumbprint !== undefined && { cnf: { jkt: keyThumbprint } }),
    iss: settings.publicUrl,
    aud: audience,
    client_id: app.clientId,
    scope: scopes.join(' '),
    jti: randomId(random),
    iat: seconds(now),
    exp: seconds(expiresAt),
  }
}

/** The header has no `jti`: strict libraries reject it there, and two apps could compare it. */
function mint(world: World, now: Instant, claims: AppTokenClaims): string {
  refuseByWrongClock(world, now)
  if (!mintedUntil(world).covers(now)) throw new AppError('unavailable', { retryAfterSeconds: 1 })
  const key = world.keys.signingKey()
  return encodeJwt({ alg: 'ES256', typ: 'at+jwt', kid: key.id }, claims, key.privateKey)
}

function seconds(at: Instant): number {
  return Math.floor(at / 1000)
}

/** Undefined if a claim is missing or has the wrong type, or if another server issued the token. */
export function appTokenClaims(
  payload: Readonly<Record<string, unknown>>,
  issuer: string,
): AppTokenClaims | undefined {
  const { iss, aud, client_id, sub, scope, jti, iat, exp, nbf, rev, cnf } = payload
  const texts = [aud, client_id, sub, jti].every((text) => typeof text === 'string' && text !== '')
  const isShort =
    Number.isSafeInteger(iat) && Number.isSafeInteger(exp) && lifetimeOf(iat, exp) <= maxTokenLifetimeMs
  const hasIds = Array.isArray(rev) && rev.length > 0 && rev.every((id) => typeof id === 'string')
  // RFC 7800: a confirmation method that is unknown here may restrict the token.
  const isPlain = isKnownConfirmation(cnf) && nbf === undefined && typeof scope === 'string'
  const isValid =
    iss === issuer && aud !== issuer && client_id !== issuer && texts && isShort && hasIds && isPlain
  return isValid ? (payload as unknown as AppTokenClaims) : undefined
}

function isKnownConfirmation(cnf: unknown): boolean {
  if (cnf === undefined) return true
  const { jkt, ...others } = Object(cnf) as Record<string, unknown>
  return typeof jkt === 'string' && Object.keys(others).length === 0
}

function lifetimeOf(iat: unknown, exp: unknown): number {
  return ((exp as number) - (iat as number)) * 1000
}
