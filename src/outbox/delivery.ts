import type { Instant } from '#src/platform/clock.ts'

/** What shall be sent. Its payload is stored sealed. */
export type Delivery = {
  /** Which sender sends it. */
  readonly kind: string
  readonly recipient: string
  readonly payload: string
  /** From then on it is of no use, and is not sent any more. */
  readonly expiresAt: Instant
  /** The idempotency key: a second delivery with the same key is dropped. */
  readonly key: string
}

/** A delivery as its sender gets it. Attempts may be repeated: the recipient can tell by the key. */
export type Attempt = Delivery & { readonly attempt: number }

const minuteMs = 60_000
const firstPauseMs = 15_000
const maxPauseMs = 60 * minuteMs

/** An attempt that has not ended after so long is repeated: its process was killed, or its result lost. */
export const attemptMs = 2 * minuteMs

/** When to try once more after so many attempts: each pause is twice as long as the one before. */
export function nextAttemptAt(now: Instant, attempts: number): Instant {
  return now + Math.min(firstPauseMs * 2 ** (attempts - 1), maxPauseMs)
}

/** Thrown by a sender where a further attempt would be of no use, such as for an unknown recipient. */
export class CannotDeliver extends Error {
  override name = 'CannotDeliver'
}
