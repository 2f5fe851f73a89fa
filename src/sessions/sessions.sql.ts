import type { Instant } from '#src/platform/clock.ts'
import type { Client, EndReason, Session } from '#src/sessions/session.ts'
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
  await query(sql`insert into sessions (id, user_id, handle_hash, page_hash, method, amr, acr,
      authenticated_at, created_at, expires_at, last_expires_at, address, user_agent, counter, rotated_at, rotated_address,
      rotated_agent)
    values (${session.id}, ${session.userId}, ${session.handleHash}, ${session.pageHash ?? null},
      ${session.method}, ${JSON.stringify(session.amr)}, ${session.level}, ${session.now},
      ${session.now}, ${session.expiresAt}, ${session.lastExpiresAt}, ${address}, ${userAgent}, 0, ${session.now}, ${address}, ${userAgent})`)
}

export type Rotation = {
  readonly handleHash: string
  readonly counter: number
  readonly now: Instant
  readonly lifetimeMs: number
  readonly client: Client
}

/** The statement that decides a refresh: of twenty parallel callers exactly one gets the row. */
export async function rotateCounter(query: Query, rotation: Rotation): Promise<string | undefined> {
  const { handleHash, counter, now, lifetimeMs, client } = rotation
  const wanted = now + lifetimeMs
  const [row] = await query(sql`update sessions set counter = counter + 1, rotated_at = ${now},
      rotated_address = ${client.address}, rotated_agent = ${client.userAgent},
      expires_at = case when last_expires_at < ${wanted} then last_expires_at else ${wanted} end
    where handle_hash = ${handleHash} and counter = ${counter} and ended_at is null and expires_at > ${now}
    returning id`)
  return row?.id as string | undefined
}

/**
 * A new handle for a session that goes on while all others end: what it had handed out is worth nothing now.
 */
export async function replaceHandle(
  query: Query,
  change: { id: string; handleHash: string; now: Instant; authenticatedAt: Instant },
): Promise<boolean> {
  const rows = await query(sql`update sessions set handle_hash = ${change.handleHash}, counter = 0,
      rotated_at = ${change.now}, authenticated_at = ${change.authenticatedAt}
    where id = ${change.id} and ended_at is null and expires_at > ${change.now} returning id`)
  return rows.length === 1
}

/**
 * Moves the end of a page session where it is still the given one. Nobody holds a refresh token of such a
 * session, so `rotated_at` is free to say when it was last used.
 */
export async function extendPageSession(
  query: Query,
  { id, now, from, to }: { id: string; now: Instant; from: Instant; to: Instant },
): Promise<Instant | undefined> {
  const [row] = await query(sql`update sessions set rotated_at = ${now},
      expires_at = case when last_expires_at < ${to} then last_expires_at else ${to} end
    where id = ${id} and page_hash is not null and ended_at is null and expires_at > ${now}
      and expires_at = ${from} and expires_at < last_expires_at
    returning expires_at`)
  return row?.expires_at as Instant | undefined
}

/** Writes a further proof to a session that goes on under a new refresh handle. */
export async function proveSession(
  query: Query,
  proof: { id: string; handleHash: string; now: Instant; amr: readonly string[]; level: Level },
): Promise<boolean> {
  const rows = await query(sql`update sessions set handle_hash = ${proof.handleHash}, counter = 0,
      rotated_at = ${proof.now}, authenticated_at = ${proof.now}, amr = ${JSON.stringify(proof.amr)},
      acr = ${proof.level}
    where id = ${proof.id} and ended_at is null and expires_at > ${proof.now} returning id`)
  return rows.length === 1
}

export async function sessionByHandle(query: Query, handleHash: string): Promise<Session | undefined> {
  const [row] = await query(sql`select * from sessions where handle_hash = ${handleHash}`)
  return row && fromRow(row)
}

export async function sessionByPage(query: Query, pageHash: string): Promise<Session | undefined> {
  const [row] = await query(sql`select * from sessions where page_hash = ${pageHash}`)
  return row && fromRow(row)
}

export async function sessionById(query: Query, id: string): Promise<Session | undefined> {
  const [row] = await query(sql`select * from sessions where id = ${id}`)
  return row && fromRow(row)
}

/** Newest first, those before the place that a cursor names. */
export async function liveSessionsBefore(
  query: Query,
  page: { userId: string; now: Instant; before: Instant; beforeId: string; most: number },
): Promise<Session[]> {
  const { userId, now, before, beforeId, most } = page
  const rows = await query(sql`select * from sessions
    where user_id = ${userId} and ended_at is null and expires_at > ${now}
      and (created_at, id) < (${before}, ${beforeId})
    order by created_at desc, id desc limit ${most}`)
  return rows.map(fromRow)
}

/** Gives whose it was, where this call ended it: nothing, where it had ended before. */
export async function endSession(
  query: Query,
  end: { id: string; now: Instant; reason: EndReason },
): Promise<{ userId: string } | undefined> {
  const [row] = await query(sql`update sessions set ended_at = ${end.now}, ended_reason = ${end.reason}
    where id = ${end.id} and ended_at is null returning user_id`)
  return row && { userId: row.user_id as string }
}

/**
 * Ends every live session of a user but one; pass an empty id to spare none. Gives the ids of those it ended.
 */
export async function endSessionsOf(
  query: Query,
  end: { userId: string; spared: string; now: Instant; reason: EndReason },
): Promise<string[]> {
  const rows = await query(sql`update sessions set ended_at = ${end.now}, ended_reason = ${end.reason}
    where user_id = ${end.userId} and id <> ${end.spared} and ended_at is null and expires_at > ${end.now}
    returning id`)
  return rows.map((row) => row.id as string)
}

/**
 * What a user has beyond so many sessions, a part of it at a time. First those that have expired; then those
 * of no page that nobody came back to, but for the newest few, so that a program which signs in again and
 * again crowds out its own, however often it does; of either kind those that were used longest ago.
 */
export async function sessionsBeyond(
  query: Query,
  { userId, now, idleSince, fresh, kept, most }: Crowd & { kept: number; most: number },
): Promise<{ id: string; expiresAt: Instant }[]> {
  const rows = await query(sql`select id, expires_at from
    (select id, expires_at, rotated_at, created_at, was_used,
        row_number() over (partition by was_used order by rotated_at desc, id desc) as place
      from (select id, expires_at, rotated_at, created_at,
          case when rotated_at = created_at and page_hash is null then 0 else 1 end as was_used
        from sessions where user_id = ${userId} and ended_at is null) as theirs) as placed
    order by case when expires_at <= ${now} then 0
        when was_used = 0 and (created_at < ${idleSince} or place > ${fresh}) then 1
        else 2 end desc, rotated_at desc, id desc
    limit ${most} offset ${kept}`)
  return rows.map((row) => ({ id: row.id as string, expiresAt: row.expires_at as Instant }))
}

/** Of sessions that nobody came back to only so many of those since then count as used. */
type Crowd = {
  readonly userId: string
  readonly now: Instant
  readonly idleSince: Instant
  readonly fresh: number
}

export async function countLiveSessions(query: Query, now: Instant): Promise<number> {
  const [row] = await query(sql`select count(*) as live from sessions
    where ended_at is null and expires_at > ${now}`)
  return row?.live as number
}

/** Expired ones too: by another clock they may not be. */
export async function endLiveSessions(query: Query, now: Instant): Promise<void> {
  await query(sql`update sessions set ended_at = ${now}, ended_reason = 'revoked' where ended_at is null`)
}

/** Sessions that ended or expired long ago; their sign-ins stay in the history. A small batch at a time. */
export async function deleteOldSessions(query: Query, before: Instant, most: number): Promise<number> {
  const rows = await query(sql`delete from sessions where id in
    (select id from sessions where last_expires_at < ${before} limit ${most}) returning id`)
  return rows.length
}

function fromRow(row: Row): Session {
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
  if (row.ended_reason === null) throw new Error(`Session ${common.id} ended for no reason`)
  return {
    ...common,
    state: 'ended',
    endedAt: row.ended_at as Instant,
    reason: row.ended_reason as EndReason,
  }
}
