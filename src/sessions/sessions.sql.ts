import type { Instant } from '#src/platform/clock.ts'
import type { Client, EndReason, PageHandle, Session } from '#src/sessions/session.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { FactorKind, Level } from '#src/users/factor.ts'

export type NewSession = {
  readonly id: string
  readonly userId: string
  readonly handleHash: string
  readonly pageHash: string | undefined
  readonly method: FactorKind
  readonly amr: readonly string[]
  readonly level: Level
  readonly now: Instant
  readonly expiresAt: Instant
  readonly lastExpiresAt: Instant
  readonly client: Client
}

export async function insertSession(query: Query, session: NewSession): Promise<void> {
  const { address, userAgent } = session.client
  const { id, userId, handleHash, pageHash, now } = session
  await query(sql`insert into sessions (id, user_id, handle_hash, page_hash, page_seen_at, method, amr, acr,
      authenticated_at, created_at, expires_at, last_expires_at, address, user_agent, counter, rotated_at,
      rotated_address, rotated_agent)
    values (${id}, ${userId}, ${handleHash}, ${pageHash ?? null}, ${pageHash === undefined ? null : now},
      ${session.method}, ${JSON.stringify(session.amr)}, ${session.level}, ${now}, ${now},
      ${session.expiresAt}, ${session.lastExpiresAt}, ${address}, ${userAgent}, 0, ${now}, ${address},
      ${userAgent})`)
}

export async function sessionByHandle(query: Query, handleHash: string): Promise<Session | undefined> {
  const [row] = await query(sql`select * from sessions where handle_hash = ${handleHash}`)
  return row && sessionFromRow(row)
}

/** Also finds a session by its previous page handle. */
export async function sessionByPage(
  query: Query,
  pageHash: string,
): Promise<{ session: Session; handle: PageHandle } | undefined> {
  const [row] = await query(sql`select * from sessions
    where page_hash = ${pageHash} or previous_page_hash = ${pageHash}`)
  if (!row) return undefined
  const handle = {
    isCurrent: row.page_hash === pageHash,
    successorSeenAt: (row.page_seen_at as Instant | null) ?? undefined,
  }
  return { session: sessionFromRow(row), handle }
}

export async function sessionById(query: Query, id: string): Promise<Session | undefined> {
  const [row] = await query(sql`select * from sessions where id = ${id}`)
  return row && sessionFromRow(row)
}

/** Returns a page of live sessions, newest first, beginning at the cursor. */
export async function liveSessionsBefore(
  query: Query,
  page: { userId: string; now: Instant; before: Instant; beforeId: string; max: number },
): Promise<Session[]> {
  const { userId, now, before, beforeId, max } = page
  const rows = await query(sql`select * from sessions
    where user_id = ${userId} and ended_at is null and expires_at > ${now}
      and (created_at, id) < (${before}, ${beforeId})
    order by created_at desc, id desc limit ${max}`)
  return rows.map(sessionFromRow)
}

export async function countLiveSessions(query: Query, now: Instant): Promise<number> {
  const [row] = await query(sql`select count(*) as live from sessions
    where ended_at is null and expires_at > ${now}`)
  return row?.live as number
}

/**
 * Deletes a batch of sessions that ended or expired long ago, and returns their ids. Their sign-ins stay in
 * the history.
 */
export async function deleteOldSessions(query: Query, before: Instant, max: number): Promise<string[]> {
  const rows = await query(sql`delete from sessions where id in
    (select id from sessions where last_expires_at < ${before} limit ${max}) returning id`)
  return rows.map(({ id }) => id as string)
}

export function sessionFromRow(row: Row): Session {
  const common = {
    id: row.id as string,
    userId: row.user_id as string,
    method: row.method as FactorKind,
    amr: JSON.parse(row.amr as string) as string[],
    level: row.acr as Level,
    authenticatedAt: row.authenticated_at as Instant,
    createdAt: row.created_at as Instant,
    expiresAt: row.expires_at as Instant,
    lastExpiresAt: row.last_expires_at as Instant,
    client: { address: row.address as string, userAgent: row.user_agent as string },
    counter: row.counter as number,
    rotatedAt: row.rotated_at as Instant,
    rotatedBy: { address: row.rotated_address as string, userAgent: row.rotated_agent as string },
  }
  if (row.ended_at === null) return { ...common, state: 'live' }
  if (row.ended_reason === null) throw new Error(`Session ${common.id} has ended without a reason`)
  return {
    ...common,
    state: 'ended',
    endedAt: row.ended_at as Instant,
    reason: row.ended_reason as EndReason,
  }
}
