import type { Instant } from '#src/platform/clock.ts'
import type { FactorKind, Level } from '#src/users/factor.ts'

/** Where a call came from, as its session and its history remember it. */
export type Client = { readonly address: string; readonly userAgent: string }

export type EndReason =
  | 'logout'
  | 'logout_all'
  | 'revoked'
  | 'refresh_token_reused'
  | 'password_changed'
  | 'email_changed'
  | 'disabled'
  | 'deleted'
  | 'crowded_out'

export type Session = {
  readonly id: string
  readonly userId: string
  readonly method: FactorKind
  readonly amr: readonly string[]
  readonly level: Level
  readonly authenticatedAt: Instant
  readonly createdAt: Instant
  /** When it ends unless it is used; slides with every refresh, never past `lastExpiresAt`. */
  readonly expiresAt: Instant
  readonly lastExpiresAt: Instant
  readonly client: Client
  readonly counter: number
  readonly rotatedAt: Instant
  readonly rotatedBy: Client
} & (
  | { readonly state: 'live' }
  | { readonly state: 'ended'; readonly endedAt: Instant; readonly reason: EndReason }
)

const dayMs = 24 * 60 * 60 * 1000

/** No session lives longer, however often it is refreshed. */
export const maxSessionLifetimeMs = 90 * dayMs

/**
 * How many sessions somebody can have at a time: more than anybody has devices, and few enough to be listed,
 * ended and exported at once, whatever signs in over and over.
 */
export const maxSessions = 200

const userAgentKept = 512

/** Where a call came from, as it is kept: a User-Agent of any length, or none, signs in. */
export function clientOf({ address, userAgent }: Client): Client {
  return { address, userAgent: userAgent.slice(0, userAgentKept).toWellFormed() }
}

export function expiryOf(session: { createdAt: Instant; now: Instant; lifetimeMs: number }): Instant {
  return Math.min(session.now + session.lifetimeMs, session.createdAt + maxSessionLifetimeMs)
}

export type RefreshVerdict =
  /** The successor was handed out before, and this is the client asking again for an answer it lost. */
  | { readonly kind: 'repeat' }
  | { readonly kind: 'current' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'ended'; readonly reason: EndReason }
  | { readonly kind: 'theft' }
  | { readonly kind: 'never_issued' }

/**
 * What a refresh token means whose counter did not rotate. RFC 9700 section 4.14.2: a replayed refresh token
 * ends the session it came from, except for the one just before, soon after, from where the last one came.
 */
export function judgeRefresh(
  session: Session,
  presented: { counter: number; client: Client; now: Instant; graceMs: number },
): RefreshVerdict {
  const { counter, client, now, graceMs } = presented
  if (session.state === 'ended') return { kind: 'ended', reason: session.reason }
  if (now >= session.expiresAt) return { kind: 'expired' }
  if (counter > session.counter) return { kind: 'never_issued' }
  if (counter === session.counter) return { kind: 'current' }
  const isJustBefore = counter === session.counter - 1 && now - session.rotatedAt <= graceMs && graceMs > 0
  const isElsewhere =
    client.address !== session.rotatedBy.address && client.userAgent !== session.rotatedBy.userAgent
  return { kind: isJustBefore && !isElsewhere ? 'repeat' : 'theft' }
}
