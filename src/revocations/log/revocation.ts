import { maxTokenLifetimeMs, toleranceMs } from '#src/keys/key.ts'
import type { Instant } from '#src/platform/clock.ts'

/**
 * One entry of the log. The revoked id is a signature (all first-party tokens of a user), the id of a
 * session, of a grant or of an app, or the id of one of our keys (`kid` of a signing key). All are random, so
 * ids of different kinds cannot be confused.
 */
export type Revocation = { readonly seq: number; readonly id: string; readonly expiresAt: Instant }

/**
 * Entries read from the log: all up to `head` that can still matter. A token that expired by `droppedUntil`
 * may have lost the entry that revoked it.
 */
export type LogRead = {
  readonly entries: readonly Revocation[]
  readonly head: number
  readonly droppedUntil: Instant
}

/** The kind of a revoked id. Known only to the writer; the log does not store it. */
export type RevokedKind = 'signature' | 'session' | 'grant' | 'app' | 'signing_key' | 'mac_key'

/** An entry that was just written. A negative number: it was committed without a place in the log. */
export type Revoked = Revocation & {
  readonly kind: RevokedKind
  /** It has a place, and an entry that was committed earlier has none yet. */
  readonly isAheadOfWaiting: boolean
}

/**
 * How long an entry is kept: the maximum lifetime of a token plus 5 minutes, regardless of the current
 * settings.
 */
export const entryLifetimeMs = maxTokenLifetimeMs + toleranceMs

/** When the last token expires that is revoked by an entry kept until `expiresAt`. */
export function lastExpiryBefore(expiresAt: Instant): Instant {
  return expiresAt - toleranceMs
}

/** After a start or a step of the wall clock, nothing is dropped for this long on the monotonic clock. */
export const nothingDroppedForMs = maxTokenLifetimeMs
