import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { maxTokenLifetimeMs } from '#src/keys/key.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Revoked } from '#src/revocations/log/revocation.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import { maxAtOnce } from '#src/sessions/end.ts'
import { maxSessions } from '#src/sessions/session.ts'
import { endSession, sessionsBeyond } from '#src/sessions/sessions.sql.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/**
 * Within an hour a program signs in more often than anybody has room for. Half of the room stays for those
 * who come back.
 */
const maxFresh = maxSessions / 2

/**
 * A step: ends what a user has too much of for one more session, and gives the ids of what was alive. The
 * caller holds the lock on the user's row, so that sign-ins come one after the other and none overlooks the
 * session of another.
 */
export async function makeRoom(
  query: Query,
  { userId, now }: { userId: string; now: Instant },
): Promise<string[]> {
  const tooMany = await sessionsBeyond(query, {
    userId,
    now,
    // By then its first access token has expired: whoever was to go on with it would have refreshed.
    idleSince: now - maxTokenLifetimeMs,
    fresh: maxFresh,
    kept: maxSessions - 1,
    // An earlier release knew no bound. What it left goes a part at a time.
    most: maxAtOnce,
  })
  const ending = tooMany.map(({ id }) => endSession(query, { id, now, reason: 'crowded_out' }))
  const ended = await Promise.all(ending)
  // One that somebody else has just ended is told by them, and nobody can use one that has expired.
  return tooMany.filter(({ expiresAt }, index) => ended[index] && expiresAt > now).map(({ id }) => id)
}

/** A step: tells of the sessions that went, and writes them into the log as the last statements. */
export async function revokeCrowdedOut(
  query: RevokingQuery,
  world: World,
  { userId, sessions, by }: { userId: string; sessions: readonly string[]; by: By },
): Promise<Revoked[]> {
  if (sessions.length === 0) return []
  await recordEvent(query, world, {
    event: 'session.ended',
    by: asUser(by, userId),
    target: { kind: 'user', id: userId },
    details: { reason: 'crowded_out', sessions },
  })
  return revoke(query, world, { kind: 'session', ids: sessions })
}
