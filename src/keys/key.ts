import type { KeyObject } from 'node:crypto'
import type { Instant } from '#src/platform/clock.ts'

/** A public key as RFC 7517 writes it, with the members that a verifier needs. */
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

/** All moments are known from the start or set by a command: no timer moves a key on, the clock does. */
export type Life = {
  readonly id: string
  readonly purpose: Purpose
  /** Published from the start, used for new tokens only from here on, when everybody has seen it. */
  readonly usedFrom: Instant
  /** From here on its successor is used. It may lie ahead. */
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

/** The most that an access token can be made to live, whatever the settings say today. */
export const maxTokenLifetimeMs = 60 * minuteMs

/** By so much clocks may differ, and verifiers tolerate. */
export const toleranceMs = 5 * minuteMs

/**
 * A new key waits so long before it is used: a cache on the way keeps the old list for 5 minutes, a verifier
 * what that cache said for 5 more, and 5 are left for clocks that differ.
 */
export const publishedForMs = 15 * minuteMs

/** How long a key that is not used any more is still needed: as long as the last that it made may live. */
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
 * What new tokens are made with: the newest key whose time has come. A clock that is a little behind that of
 * the server which made the only key takes it all the same.
 */
export function currentOf<K extends Life>(keys: readonly K[], now: Instant): K | undefined {
  const inUse = keys.filter((key) => stateOf(key, now) === 'in_use')
  const ahead = keys.filter((key) => stateOf(key, now) === 'published')
  return newestOf(inUse) ?? newestOf(ahead)
}

/** Retired keys verify what they made for as long as that may live; revoked ones verify nothing. */
export function isTrusted(key: Life, now: Instant): boolean {
  return key.revokedAt === undefined && now < neededUntil(key)
}

/** When nothing that it made can be good any more; Infinity for one that has no successor yet. */
export function neededUntil({ purpose, retiredAt, revokedAt }: Life): number {
  const usedUntil = revokedAt ?? retiredAt
  return usedUntil === undefined ? Number.POSITIVE_INFINITY : usedUntil + neededForMs[purpose]
}

function newestOf<K extends Life>(keys: readonly K[]): K | undefined {
  return keys.toSorted((one, other) => other.usedFrom - one.usedFrom || (other.id > one.id ? 1 : -1))[0]
}
