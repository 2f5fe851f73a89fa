import type { Instant } from '#src/platform/clock.ts'
import type { FactorKind, Level } from '#src/users/factor.ts'

/** The origin of a call, as stored in a session and in the history. */
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
  | 'page_session_reused'
  | 'evicted'

export type Session = {
  readonly id: string
  readonly userId: string
  readonly method: FactorKind
  readonly amr: readonly string[]
  readonly level: Level
  readonly authenticatedAt: Instant
  readonly createdAt: Instant
  /** When it expires unless it is used; extended by every refresh, up to `lastExpiresAt`. */
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

/** The absolute lifetime of a session, no matter how often it is refreshed. */
export const maxSessionLifetimeMs = 90 * dayMs

/**
 * The maximum number of sessions of a user: more than anyone needs, but few enough to be listed and ended at
 * once.
 */
export const maxSessions = 200

/** A session that has not ended, as input of the rule below. */
export type CrowdedSession = {
  readonly id: string
  readonly createdAt: Instant
  readonly rotatedAt: Instant
  readonly expiresAt: Instant
  readonly isOfPages: boolean
}

/**
 * Returns the sessions that have to end so that `kept` remain; `sessions` are most recently used first.
 * Expired ones go first. Then those that were never refreshed, except the newest `fresh` since `idleSince`,
 * so that a program that signs in repeatedly replaces its own sessions. Then the least recently used.
 */
export function crowdedOut(
  sessions: readonly CrowdedSession[],
  { now, idleSince, fresh, kept }: { now: Instant; idleSince: Instant; fresh: number; kept: number },
): CrowdedSession[] {
  const unused = sessions.filter((one) => one.rotatedAt === one.createdAt && !one.isOfPages)
  const spared = new Set(unused.filter(({ createdAt }) => createdAt >= idleSince).slice(0, fresh))
  const idle = new Set(unused.filter((one) => !spared.has(one)))
  const rankOf = (one: CrowdedSession) => (one.expiresAt <= now ? 2 : idle.has(one) ? 1 : 0)
  return sessions.toSorted((a, b) => rankOf(a) - rankOf(b)).slice(kept)
}

/** How a page session was presented. */
export type PageHandle = {
  /** Whether it is the newest handle, and not the previous one. */
  readonly isCurrent: boolean
  /** When the newest handle was first used; undefined while the response with it may have been lost. */
  readonly successorSeenAt: Instant | undefined
}

/**
 * Whether a page handle is a stale copy: its successor has been in use for longer than parallel requests
 * take. RFC 9700 section 4.14.2 requires the same for refresh tokens.
 */
export function isStaleCopy(
  handle: PageHandle,
  { now, graceMs }: { now: Instant; graceMs: number },
): boolean {
  const { isCurrent, successorSeenAt } = handle
  return !isCurrent && successorSeenAt !== undefined && now - successorSeenAt > graceMs
}

const userAgentKept = 512

/** Truncates a User-Agent to the stored length; a sign-in accepts any length, or none. */
export function clientOf({ address, userAgent }: Client): Client {
  return { address, userAgent: userAgent.slice(0, userAgentKept).toWellFormed() }
}

export function expiryOf(session: { createdAt: Instant; now: Instant; lifetimeMs: number }): Instant {
  return Math.min(session.now + session.lifetimeMs, session.createdAt + maxSessionLifetimeMs)
}

/** Uses extend an expiry up to this moment: at most once a day or a tenth of the lifetime. */
export function extendedFrom({ now, lifetimeMs }: { now: Instant; lifetimeMs: number }): Instant {
  return now + lifetimeMs - Math.min(24 * 60 * 60 * 1000, lifetimeMs / 10)
}

/**
 * The grace period of a rotation whose response may have been lost in an outage of the database: it lasts
 * until the database is back, plus the normal time.
 */
export function graceAfter(
  outage: { readonly from: Instant; readonly until: Instant | undefined } | undefined,
  { rotatedAt, now, graceMs }: { rotatedAt: Instant; now: Instant; graceMs: number },
): number {
  if (!outage || graceMs === 0) return graceMs
  const until = outage.until ?? now
  const mayHaveHidden = outage.from <= rotatedAt + graceMs && until >= rotatedAt
  return mayHaveHidden ? until - rotatedAt + graceMs : graceMs
}

export type RefreshVerdict<Reason = EndReason> =
  /** The successor was already issued; the client retries because it lost the response. */
  | { readonly kind: 'repeat' }
  | { readonly kind: 'current' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'ended'; readonly reason: Reason }
  | { readonly kind: 'theft' }
  | { readonly kind: 'never_issued' }

/** The owner of refresh tokens: a session, or the grant of an app. */
type Refreshable<Reason> = Pick<Session, 'expiresAt' | 'counter' | 'rotatedAt' | 'rotatedBy'> &
  ({ readonly state: 'live' } | { readonly state: 'ended'; readonly reason: Reason })

/**
 * Judges a refresh token that did not rotate. RFC 9700 section 4.14.2: a replayed refresh token ends the
 * session it came from, except for the previous token within the grace period from the same client.
 */
export function judgeRefresh<Reason>(
  session: Refreshable<Reason>,
  presented: { counter: number; client: Client; now: Instant; graceMs: number },
): RefreshVerdict<Reason> {
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
