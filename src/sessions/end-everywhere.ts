import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Random } from '#src/platform/random.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Revoked } from '#src/revocations/log/revocation.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { endSessionsOf } from '#src/sessions/end.sql.ts'
import { endGrantsOf } from '#src/sessions/grants.sql.ts'
import type { EndReason } from '#src/sessions/session.ts'
import type { Query } from '#src/store/db.ts'
import { rotateSignature } from '#src/users/rotate-signature.ts'
import type { World } from '#src/world/world.ts'

/**
 * Ends every session and every grant of a user, and rotates the signature, which revokes all their
 * first-party tokens. Tokens of apps do not carry it, so each grant is revoked by its own id.
 */
export async function logOutEverywhere(
  world: World,
  { userId, reason, by }: { userId: string; reason: EndReason; by: By },
): Promise<{ sessionsEnded: number; propagated: Promise<Propagation> }> {
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const ended = await endAll(query, { ...world, userId, spared: '', reason })
    if (ended.ids.length === 0) return { outcome: 0, revoked: [] }
    await recordEvent(query, world, {
      event: 'user.logged_out_everywhere',
      by,
      target: { kind: 'user', id: userId },
      details: { reason, sessions_ended: ended.sessions },
    })
    return { outcome: ended.sessions, ...(await revokeAll(query, world, ended)) }
  })
  return { sessionsEnded: outcome, propagated }
}

type EndAll = {
  random: Random
  clock: { now(): Instant }
  userId: string
  spared: string
  reason: EndReason
}

export type AllEnded = {
  readonly sessions: number
  readonly ids: readonly string[]
  /** The grants that ended with the sessions. */
  readonly grants: readonly string[]
  readonly reason: EndReason
}

/**
 * A step: rotates the signature, then ends the sessions and the grants. The user's row is locked first, so
 * that a sign-in in progress happens entirely before or entirely after. The caller revokes the ids as its
 * last statement.
 */
export async function endAll(
  query: Query,
  { random, clock, userId, spared, reason }: EndAll,
): Promise<AllEnded> {
  const rotating = rotateSignature(query, { random, userId })
  const now = clock.now()
  const ending = endSessionsOf(query, { userId, spared, now, reason })
  const endingGrants = endGrantsOf(query, { userId, now })
  const [old, ended, grants] = await Promise.all([rotating, ending, endingGrants])
  return { sessions: ended.live.length, ids: old === undefined ? [] : [old], grants, reason }
}

/** A step: revokes what `endAll` returned. */
export async function revokeAll(
  query: RevokingQuery,
  world: World,
  ended: AllEnded,
): Promise<{ revoked: Revoked[]; ended: AllEnded }> {
  const signature = await revoke(query, world, { kind: 'signature', ids: ended.ids })
  const grants = await revoke(query, world, { kind: 'grant', ids: ended.grants })
  return { revoked: [...signature, ...grants], ended }
}

/** Rotates the signature without ending sessions: clients refresh and get the new roles and names at once. */
export async function renewSignature(query: RevokingQuery, world: World, userId: string): Promise<Revoked[]> {
  const old = await rotateSignature(query, { random: world.random, userId })
  return revoke(query, world, { kind: 'signature', ids: old === undefined ? [] : [old] })
}
