import type { Instant } from '#src/platform/clock.ts'

/** A delivery to be sent. Its payload is stored sealed. */
export type Delivery = {
  /** Which sender sends it. */
  readonly kind: string
  readonly recipient: string
  readonly payload: string
  /** After that it is useless and no longer sent. */
  readonly expiresAt: Instant
  /** The idempotency key: a second delivery with the same key is dropped. */
  readonly key: string
}

/**
 * A delivery as its sender receives it. Attempts may be repeated: the recipient recognizes repeats by the
 * key.
 */
export type Attempt = Delivery & { readonly attempt: number }

const minuteMs = 60_000
const firstPauseMs = 15_000
const maxPauseMs = 60 * minuteMs

/** How long until an unfinished attempt is repeated: its process was killed, or its result was lost. */
export const attemptMs = 2 * minuteMs

/** The time of the next attempt after this many: each pause is twice as long as the previous one. */
export function nextAttemptAt(now: Instant, attempts: number): Instant {
  return now + Math.min(firstPauseMs * 2 ** (attempts - 1), maxPauseMs)
}

/** Thrown by a sender if a further attempt would be useless, for example with an unknown recipient. */
export class CannotDeliver extends Error {
  override name = 'CannotDeliver'
}
