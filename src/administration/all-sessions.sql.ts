import type { Instant } from '#src/platform/clock.ts'
import type { Session } from '#src/sessions/session.ts'
import { sessionFromRow } from '#src/sessions/sessions.sql.ts'
import type { Query, Row } from '#src/store/db.ts'
import { type Sql, sql } from '#src/store/sql.ts'

/** A live session with the email of its user. */
export type ListedSession = Session & { readonly email: string }

/**
 * A page of live sessions. Sorted by the end of their lifetime, which has an index and is always 90 days
 * after the beginning.
 */
export type SessionPage = {
  readonly now: Instant
  readonly from: Instant
  readonly before: Instant
  readonly beforeId: string
  readonly limit: number
}

/** Live sessions, newest first. */
export function liveSessions(query: Query, page: SessionPage): Promise<ListedSession[]> {
  const { now, from, before, beforeId, limit } = page
  return listed(
    query,
    sql`select sessions.*, users.email from sessions join users on users.id = sessions.user_id
    where (last_expires_at, sessions.id) < (${before}, ${beforeId}) and last_expires_at >= ${from}
      and ended_at is null and expires_at > ${now}
    order by last_expires_at desc, sessions.id desc limit ${limit}`,
  )
}

/** The same for an IP address from which users signed in. */
export function liveSessionsFrom(
  query: Query,
  { address, ...page }: SessionPage & { address: string },
): Promise<ListedSession[]> {
  const { now, from, before, beforeId, limit } = page
  return listed(
    query,
    sql`select sessions.*, users.email from sessions join users on users.id = sessions.user_id
    where address = ${address} and (last_expires_at, sessions.id) < (${before}, ${beforeId})
      and last_expires_at >= ${from} and ended_at is null and expires_at > ${now}
    order by last_expires_at desc, sessions.id desc limit ${limit}`,
  )
}

/** The same for one user. */
export function liveSessionsOf(
  query: Query,
  { userId, ...page }: SessionPage & { userId: string },
): Promise<ListedSession[]> {
  const { now, from, before, beforeId, limit } = page
  return listed(
    query,
    sql`select sessions.*, users.email from sessions join users on users.id = sessions.user_id
    where user_id = ${userId} and (last_expires_at, sessions.id) < (${before}, ${beforeId})
      and last_expires_at >= ${from} and ended_at is null and expires_at > ${now}
    order by last_expires_at desc, sessions.id desc limit ${limit}`,
  )
}

export async function liveSessionById(
  query: Query,
  id: string,
  now: Instant,
): Promise<ListedSession | undefined> {
  const [row] = await query(sql`select sessions.*, users.email from sessions
    join users on users.id = sessions.user_id
    where sessions.id = ${id} and ended_at is null and expires_at > ${now}`)
  return row && fromRow(row)
}

async function listed(query: Query, statement: Sql): Promise<ListedSession[]> {
  return (await query(statement)).map(fromRow)
}

function fromRow(row: Row): ListedSession {
  return { ...sessionFromRow(row), email: row.email as string }
}
