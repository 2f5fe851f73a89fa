import type { KeyObject } from 'node:crypto'
import type { Instant } from '#src/clock.ts'

/** A public key as RFC 7517 writes it, with the members that a verifier needs. */
export type PublicJwk = {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly alg: 'ES256'
  readonly use: 'sig'
}

type Life = {
  readonly id: string
  /** Published from the start, used for new tokens only from here on, when every verifier has seen it. */
  readonly usedFrom: Instant
  readonly retiredAt: Instant | undefined
  readonly revokedAt: Instant | undefined
}

export type SigningKey = Life & {
  readonly purpose: 'sign'
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: PublicJwk
}

export type MacKey = Life & { readonly purpose: 'mac'; readonly secret: Buffer }

export type Key = SigningKey | MacKey

/** The newest key whose time has come: what new tokens are made with. */
export function currentOf<K extends Life>(keys: readonly K[], now: Instant): K | undefined {
  let current: K | undefined
  for (const key of keys) {
    if (key.usedFrom > now || key.retiredAt !== undefined || key.revokedAt !== undefined) continue
    if (
      !current ||
      key.usedFrom > current.usedFrom ||
      (key.usedFrom === current.usedFrom && key.id > current.id)
    ) {
      current = key
    }
  }
  return current
}

/** Retired keys still verify what they signed; revoked ones verify nothing. */
export function isTrusted(key: Life): boolean {
  return key.revokedAt === undefined
}
