import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { maxTokenLifetimeMs } from '#src/keys/key.ts'
import { count } from '#src/limits/count.ts'
import { policies } from '#src/limits/policies.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Revoked } from '#src/revocations/log/revocation.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import { endSession, unendedSessions } from '#src/sessions/end.sql.ts'
import { maxAtOnce } from '#src/sessions/end.ts'
import { pairwiseGrantsIn } from '#src/sessions/pairwise-grants.sql.ts'
import { crowdedOut, maxSessions } from '#src/sessions/session.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/**
 * A program may sign in more often within an hour than the limit allows. Half of it is reserved for other
 * sessions.
 */
const maxFresh = maxSessions / 2

/**
 * A step: ends excess sessions of a user before a new one, and returns the ids of the unexpired ones. The
 * caller holds the lock on the user's row, so that parallel sign-ins count each other's sessions.
 */
export async function makeRoom(
  query: Query,
  { userId, now }: { userId: string; now: Instant },
): Promise<string[]> {
  const tooMany = crowdedOut(await unendedSessions(query, userId), {
    now,
    // By then its first access token has expired: a client that still uses it would have refreshed.
    idleSince: now - maxTokenLifetimeMs,
    fresh: maxFresh,
    kept: maxSessions - 1,
  }).slice(-maxAtOnce)
  const ending = tooMany.map(({ id }) => endSession(query, { id, now, reason: 'crowded_out' }))
  const ended = await Promise.all(ending)
  // A session that another call has just ended is revoked by that call, and an expired one cannot be used.
  return tooMany.filter(({ expiresAt }, index) => ended[index] && expiresAt > now).map(({ id }) => id)
}

/** A step: revokes the sessions that made room, as the last statements of the transaction. */
export async function revokeCrowdedOut(
  query: RevokingQuery,
  world: World,
  { userId, sessions, by }: { userId: string; sessions: readonly string[]; by: By },
): Promise<Revoked[]> {
  if (sessions.length === 0) return []
  // One event per hour: a program that signs in all the time must not fill the audit log.
  const counted = await count(world, { policy: policies.crowded_out, of: userId })
  if (counted.kind === 'counted') {
    await recordEvent(query, world, {
      event: 'session.ended',
      by: asUser(by, userId),
      target: { kind: 'user', id: userId },
      details: { reason: 'crowded_out', sessions },
    })
  }
  const grants: string[] = []
  for (const id of sessions) grants.push(...(await pairwiseGrantsIn(query, id)))
  const ofSessions = await revoke(query, world, { kind: 'session', ids: sessions })
  return [...ofSessions, ...(await revoke(query, world, { kind: 'grant', ids: grants }))]
}
