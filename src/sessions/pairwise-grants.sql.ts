import type { Query } from '#src/store/db.ts'
import { rowsOf, sql } from '#src/store/sql.ts'

/**
 * The grants whose tokens do not name the session that they end with. Read it after the session has ended.
 */
export async function pairwiseGrantsIn(query: Query, sessionId: string): Promise<string[]> {
  const rows = await query(sql`select id from grants
    where session_id = ${sessionId} and subject_type = 'pairwise' and ended_at is null`)
  return rows.map(({ id }) => id as string)
}

/** The same for several sessions, on PostgreSQL. */
export async function pairwiseGrantsInAll(query: Query, sessionIds: readonly string[]): Promise<string[]> {
  const ended = sessionIds.map((id) => ({ id }))
  const rows = await query(sql`select theirs.id from ${rowsOf('id text', ended)} as ended
    cross join lateral (select id from grants
      where session_id = ended.id and subject_type = 'pairwise' and ended_at is null) as theirs`)
  return rows.map(({ id }) => id as string)
}

/** The same for every session of a user but one. */
export async function pairwiseGrantsOf(
  query: Query,
  { userId, spared }: { userId: string; spared: string },
): Promise<string[]> {
  const rows = await query(sql`select id from grants where user_id = ${userId} and ended_at is null
    and subject_type = 'pairwise' and session_id is not null and session_id <> ${spared}`)
  return rows.map(({ id }) => id as string)
}
