import type { Instant } from '#src/platform/clock.ts'
import type { CrowdedSession, EndReason } from '#src/sessions/session.ts'
import type { Query } from '#src/store/db.ts'
import { rowsOf, sql } from '#src/store/sql.ts'

/** Locks the row of a session until the transaction ends. */
export async function lockSession(query: Query, id: string): Promise<void> {
  await query(sql`update sessions set id = id where id = ${id}`)
}

/** Returns false if the session had already ended. */
export async function endSession(
  query: Query,
  end: { id: string; now: Instant; reason: EndReason },
): Promise<boolean> {
  const rows = await query(sql`update sessions set ended_at = ${end.now}, ended_reason = ${end.reason}
    where id = ${end.id} and ended_at is null returning id`)
  return rows.length === 1
}

/**
 * The same for many, on PostgreSQL, without waiting: a session that another transaction has locked is
 * skipped. Returns the ids of those that ended.
 */
export async function endSessions(
  query: Query,
  { ends, now }: { ends: readonly { id: string; reason: EndReason }[]; now: Instant },
): Promise<Set<string>> {
  const rows = await query(sql`update sessions set ended_at = ${now}, ended_reason = mine.reason
    from ${rowsOf('id text, reason text', ends)} as wanted
      cross join lateral (select id, wanted.reason from sessions
        where id = wanted.id and ended_at is null limit 1 for update skip locked) as mine
    where sessions.id = mine.id returning sessions.id`)
  return new Set(rows.map((row) => row.id as string))
}

/**
 * Ends every session of each of these users, on PostgreSQL. The caller holds the locks on the users' rows.
 * Returns the users of those that had not expired.
 */
export async function endAllSessionsOf(
  query: Query,
  { users, now }: { users: readonly { userId: string; reason: EndReason }[]; now: Instant },
): Promise<string[]> {
  const list = users.map(({ userId, reason }) => ({ user_id: userId, reason }))
  const rows = await query(sql`update sessions set ended_at = ${now}, ended_reason = gone.reason
    from ${rowsOf('user_id text, reason text', list)} as gone
      cross join lateral (select id from sessions
        where user_id = gone.user_id and ended_at is null for update) as theirs
    where sessions.id = theirs.id returning sessions.user_id, expires_at`)
  return rows.filter((row) => (row.expires_at as Instant) > now).map((row) => row.user_id as string)
}

/**
 * Ends every session of a user except one; an empty id excludes none. Expired ones end too: by another clock
 * they may not have expired, and the result must not depend on a clock. Returns the ids of the unexpired
 * ones.
 */
export async function endSessionsOf(
  query: Query,
  end: { userId: string; spared: string; now: Instant; reason: EndReason },
): Promise<{ live: string[]; expired: string[] }> {
  const rows = await query(sql`update sessions set ended_at = ${end.now}, ended_reason = ${end.reason}
    where user_id = ${end.userId} and id <> ${end.spared} and ended_at is null
    returning id, expires_at`)
  const isLive = rows.map((row) => (row.expires_at as Instant) > end.now)
  const ids = rows.map((row) => row.id as string)
  return { live: ids.filter((_, at) => isLive[at]), expired: ids.filter((_, at) => !isLive[at]) }
}

/** Ends every session of every user, expired ones too. */
export async function endLiveSessions(query: Query, now: Instant): Promise<void> {
  await query(sql`update sessions set ended_at = ${now}, ended_reason = 'revoked' where ended_at is null`)
}

/** Returns all sessions of a user that have not ended, most recently used first. */
export async function unendedSessions(query: Query, userId: string): Promise<CrowdedSession[]> {
  const rows = await query(sql`select id, created_at, rotated_at, expires_at, page_hash from sessions
    where user_id = ${userId} and ended_at is null order by rotated_at desc, id desc`)
  return rows.map((row) => ({
    id: row.id as string,
    createdAt: row.created_at as Instant,
    rotatedAt: row.rotated_at as Instant,
    expiresAt: row.expires_at as Instant,
    isOfPages: row.page_hash !== null,
  }))
}

/** Deletes a batch of the sessions of a deleted user. */
export async function deleteSessionsOf(query: Query, userId: string, max: number): Promise<number> {
  const rows = await query(sql`delete from sessions where id in
    (select id from sessions where user_id = ${userId} limit ${max}) returning id`)
  return rows.length
}
