import type { KeyObject } from 'node:crypto'
import type { Instant } from '#src/platform/clock.ts'

/** A public key (RFC 7517) with the members that a verifier needs. */
export type PublicJwk = EcJwk | RsaJwk

export type EcJwk = {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly alg: 'ES256'
  readonly use: 'sig'
}

/** For ID tokens alone: OpenID Connect requires RS256, and many libraries expect nothing else. */
export type RsaJwk = {
  readonly kty: 'RSA'
  readonly n: string
  readonly e: string
  readonly kid: string
  readonly alg: 'RS256'
  readonly use: 'sig'
}

/** `sign` is for access tokens (ES256), and for ID tokens of apps that want ES256; `id_token` is RS256. */
export type Purpose = 'sign' | 'id_token' | 'mac'

/**
 * The dates are known from the start or set by a command. The state is computed from the clock, not set by a
 * timer.
 */
export type Life = {
  readonly id: string
  readonly purpose: Purpose
  /** Published from the start; used for new tokens from this moment, when every verifier has it. */
  readonly usedFrom: Instant
  /** From this moment its successor is used. May be in the future. */
  readonly retiredAt: Instant | undefined
  readonly revokedAt: Instant | undefined
}

export type SigningKey = Life & {
  readonly purpose: 'sign'
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: EcJwk
}

export type IdTokenKey = Life & {
  readonly purpose: 'id_token'
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: RsaJwk
}

export type MacKey = Life & { readonly purpose: 'mac'; readonly secret: Buffer }

export type Key = SigningKey | IdTokenKey | MacKey

export type KeyState = 'published' | 'in_use' | 'retired' | 'revoked'

const minuteMs = 60_000

/** The maximum lifetime of an access token, regardless of the current settings. */
export const maxTokenLifetimeMs = 60 * minuteMs

/** How far clocks may differ; verifiers tolerate it. */
export const toleranceMs = 5 * minuteMs

/**
 * How long a new key is published before it is used: a cache on the way keeps the old list for 5 minutes, a
 * verifier keeps its copy for 5 more, and 5 are left for clocks that differ.
 */
export const publishedForMs = 15 * minuteMs

/** How long a key is needed after its last use: the maximum lifetime of its last output. */
const neededForMs: Readonly<Record<Purpose, number>> = {
  sign: maxTokenLifetimeMs + toleranceMs,
  id_token: maxTokenLifetimeMs + toleranceMs,
  // A refresh token lives for 90 days at most, and the cookie of a known browser for a year.
  mac: 366 * 24 * 60 * minuteMs,
}

export function stateOf({ usedFrom, retiredAt, revokedAt }: Life, now: Instant): KeyState {
  if (revokedAt !== undefined) return 'revoked'
  if (retiredAt !== undefined && retiredAt <= now) return 'retired'
  return usedFrom > now ? 'published' : 'in_use'
}

/**
 * The key for new tokens: the newest one in use. A server whose clock is slightly behind the server that
 * created the only key uses it anyway.
 */
export function currentOf<K extends Life>(keys: readonly K[], now: Instant): K | undefined {
  const inUse = keys.filter((key) => stateOf(key, now) === 'in_use')
  const ahead = keys.filter((key) => stateOf(key, now) === 'published')
  return newestOf(inUse) ?? newestOf(ahead)
}

/** Retired keys are trusted for the maximum lifetime of their output; revoked keys are not. */
export function isTrusted(key: Life, now: Instant): boolean {
  return key.revokedAt === undefined && now < neededUntil(key)
}

/** When no output of the key can be valid any more; Infinity while it has no successor. */
export function neededUntil({ purpose, retiredAt, revokedAt }: Life): number {
  const usedUntil = revokedAt ?? retiredAt
  return usedUntil === undefined ? Number.POSITIVE_INFINITY : usedUntil + neededForMs[purpose]
}

function newestOf<K extends Life>(keys: readonly K[]): K | undefined {
  return keys.toSorted((one, other) => other.usedFrom - one.usedFrom || (other.id > one.id ? 1 : -1))[0]
}
