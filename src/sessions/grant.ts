import type { Instant } from '#src/platform/clock.ts'
import type { Client } from '#src/sessions/session.ts'
import type { Level } from '#src/users/factor.ts'

export type GrantEndReason =
  | 'everywhere'
  | 'disconnected'
  | 'revoked'
  | 'refresh_token_reused'
  | 'code_reused'
  | 'crowded_out'
  | 'app_removed'

/**
 * One sign-in of a user to an app: the access of the app, for as long as the session lives, or independently
 * of it if it is offline. Its refresh tokens work like those of a session.
 */
export type Grant = {
  readonly id: string
  readonly userId: string
  readonly clientId: string
  /** The epoch of the app in which it was opened: disabling an app begins a new one. */
  readonly epoch: string
  /** The session that it ends with; undefined for an offline grant. */
  readonly sessionId: string | undefined
  /** Its tokens do not name the session, which other apps could compare: with the session it is revoked. */
  readonly isPairwise: boolean
  readonly scopes: readonly string[]
  /** Claims that the app requested individually, each with its destination: `userinfo:name`. */
  readonly claims: readonly string[]
  /** The audiences of the APIs that it allows, besides userinfo. */
  readonly audiences: readonly string[]
  /**
   * The key that its refresh tokens are bound to (RFC 9449 section 5), if the app has no other
   * authentication.
   */
  readonly keyThumbprint: string | undefined
  readonly amr: readonly string[]
  readonly level: Level
  readonly authenticatedAt: Instant
  readonly createdAt: Instant
  readonly expiresAt: Instant
  readonly lastExpiresAt: Instant
  readonly counter: number
  readonly rotatedAt: Instant
  readonly rotatedBy: Client
} & (
  | { readonly state: 'live' }
  | { readonly state: 'ended'; readonly endedAt: Instant; readonly reason: GrantEndReason }
)

/** What a new access token of a live grant contains, as one snapshot saw it. */
export type GrantSubject = {
  readonly grant: Grant
  /** When the session ends that the grant is bound to. */
  readonly sessionExpiresAt: Instant | undefined
}

/** A grant ends with its session. */
export function endOf({ grant, sessionExpiresAt }: GrantSubject): Instant {
  return Math.min(grant.expiresAt, sessionExpiresAt ?? grant.expiresAt)
}

/** The maximum number of grants of a user; opening another ends the least recently used one. */
export const maxGrants = 200
