import type { Entry } from './revoked-ids.ts'

/**
 * One request to the server: it acknowledges everything up to `ack` and requests the entries after `after`.
 */
export type Poll = {
  /** The id from an earlier response; undefined before the first, or to start over with a snapshot. */
  readonly holder: string | undefined
  readonly after: number
  readonly ack: number
  /** How long the server may hold the request while there are no new entries. */
  readonly waitMs: number
}

export type PollAnswer = {
  readonly holder: string
  readonly timeline: string
  /** Tokens issued before this moment are revoked. */
  readonly floor: number
  /** Tokens that expired by this moment are expired, even if a clock was set back since. */
  readonly droppedUntil: number
  /** The sequence number up to which this verifier now has the log. */
  readonly head: number
  readonly entries: readonly Entry[]
  /** 0 if these are only a part of the log, and the rest has to be fetched first. */
  readonly leaseMs: number
  readonly now: number
}
