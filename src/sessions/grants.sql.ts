import { DatabaseMoved } from '#src/audit/moved.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Grant, GrantEndReason, GrantSubject } from '#src/sessions/grant.ts'
import { type Client, extendedFrom } from '#src/sessions/session.ts'
import type { Query, Row } from '#src/store/db.ts'
import { rowsOf, sql } from '#src/store/sql.ts'
import type { Level } from '#src/users/factor.ts'

export type NewGrant = Omit<
  Grant,
  'state' | 'counter' | 'epoch' | 'isPairwise' | 'rotatedAt' | 'rotatedBy' | 'createdAt'
> & {
  readonly handleHash: string
  readonly now: Instant
  readonly client: Client
}

/**
 * Inserts a grant if its app is enabled, its user is active and its session is live. The caller holds the
 * lock on the user's row, so that ending all grants of the user happens entirely before or entirely after.
 * Returns false if the session has ended.
 */
export async function insertGrant(
  query: Query,
  { openedIn, ...grant }: NewGrant & { openedIn: string },
): Promise<boolean> {
  const { client, now } = grant
  const rows = await query(sql`insert into grants (id, user_id, client_id, session_id, scopes, claims,
      audiences, handle_hash, counter, amr, acr, authenticated_at, created_at, expires_at, last_expires_at,
      rotated_at, rotated_address, rotated_agent, key_thumbprint, epoch, subject_type)
    select ${grant.id}, users.id, ${grant.clientId}, ${grant.sessionId ?? null}, ${grant.scopes.join(' ')},
      ${grant.claims.join(' ')}, ${JSON.stringify(grant.audiences)}, ${grant.handleHash}, 0,
      ${JSON.stringify(grant.amr)},
      ${grant.level},
      ${grant.authenticatedAt}, ${now}, ${grant.expiresAt}, ${grant.lastExpiresAt}, ${now}, ${client.address},
      ${client.userAgent}, ${grant.keyThumbprint ?? null}, apps.epoch, apps.subject_type
    from users join sessions on sessions.user_id = users.id join apps on apps.client_id = ${grant.clientId}
    where users.id = ${grant.userId} and users.state = 'active' and sessions.id = ${openedIn}
      and apps.disabled_at is null and sessions.ended_at is null and sessions.expires_at > ${now}
    returning id`)
  return rows.length === 1
}

export async function grantByHandle(query: Query, handleHash: string): Promise<Grant | undefined> {
  const [row] = await query(sql`select * from grants where handle_hash = ${handleHash}`)
  return row && grantFromRow(row)
}

export async function grantById(query: Query, id: string): Promise<Grant | undefined> {
  const [row] = await query(sql`select * from grants where id = ${id}`)
  return row && grantFromRow(row)
}

/** The live grant that an app got in a session, if there is one. */
export async function liveGrantIn(
  query: Query,
  { sessionId, clientId, now }: { sessionId: string; clientId: string; now: Instant },
): Promise<string | undefined> {
  const [row] = await query(sql`select grants.id from grants
      join apps on apps.client_id = grants.client_id and apps.epoch = grants.epoch
    where session_id = ${sessionId} and grants.client_id = ${clientId} and ended_at is null
      and expires_at > ${now} order by grants.created_at limit 1`)
  return row?.id as string | undefined
}

/** Extends a grant in use, at most once a day or a tenth of its lifetime. */
export async function extendGrant(
  query: Query,
  { id, now, lifetimeMs }: { id: string; now: Instant; lifetimeMs: number },
): Promise<void> {
  const to = now + lifetimeMs
  const from = extendedFrom({ now, lifetimeMs })
  await query(sql`update grants set rotated_at = ${now},
      expires_at = case when last_expires_at < ${to} then last_expires_at else ${to} end
    where id = ${id} and ended_at is null and expires_at > ${now} and expires_at <= ${from}`)
}

/** Returns false if it has already ended, or does not exist. */
export async function endGrant(
  query: Query,
  end: { id: string; now: Instant; reason: GrantEndReason },
): Promise<boolean> {
  const rows = await query(sql`update grants set ended_at = ${end.now}, ended_reason = ${end.reason}
    where id = ${end.id} and ended_at is null returning id`)
  return rows.length === 1
}

/** Ends every grant of a user, offline or not. Returns the ids, which the caller revokes. */
export async function endGrantsOf(
  query: Query,
  { userId, now }: { userId: string; now: Instant },
): Promise<string[]> {
  const rows = await query(sql`update grants set ended_at = ${now}, ended_reason = 'everywhere'
    where user_id = ${userId} and ended_at is null returning id`)
  return rows.map(({ id }) => id as string)
}

/** The same for several users, on PostgreSQL. */
export async function endGrantsOfAll(
  query: Query,
  { userIds, now }: { userIds: readonly string[]; now: Instant },
): Promise<string[]> {
  const list = userIds.map((user_id) => ({ user_id }))
  const rows = await query(sql`update grants set ended_at = ${now}, ended_reason = 'everywhere'
    from ${rowsOf('user_id text', list)} as gone
      cross join lateral (select id from grants
        where user_id = gone.user_id and ended_at is null for update) as theirs
    where grants.id = theirs.id returning grants.id`)
  return rows.map(({ id }) => id as string)
}

/** For one user, the grants that are bound to any session except one. */
export async function endSessionGrantsOf(
  query: Query,
  { userId, spared, now }: { userId: string; spared: string; now: Instant },
): Promise<string[]> {
  const rows = await query(sql`update grants set ended_at = ${now}, ended_reason = 'everywhere'
    where user_id = ${userId} and ended_at is null and session_id is not null and session_id <> ${spared}
    returning id`)
  return rows.map(({ id }) => id as string)
}

/** Ends the grants of an app for one user. Returns the ids, which the caller revokes. */
export async function endGrantsOfAppFor(
  query: Query,
  { userId, clientId, now }: { userId: string; clientId: string; now: Instant },
): Promise<string[]> {
  const rows = await query(sql`update grants set ended_at = ${now}, ended_reason = 'disconnected'
    where user_id = ${userId} and client_id = ${clientId} and ended_at is null returning id`)
  return rows.map(({ id }) => id as string)
}

/** How many live grants an app has, and of how many users. Counting stops at `max` grants. */
export async function countGrantsOfApp(
  query: Query,
  { clientId, now, max }: { clientId: string; now: Instant; max: number },
): Promise<{ grants: number; users: number }> {
  const [row] = await query(sql`select count(*) as grants, count(distinct user_id) as users from
    (select user_id from grants where client_id = ${clientId} and ended_at is null and expires_at > ${now}
      and (session_id is null or exists (select 1 from sessions where sessions.id = grants.session_id
        and sessions.ended_at is null and sessions.expires_at > ${now}))
      limit ${max}) as live`)
  return { grants: Number(row?.grants), users: Number(row?.users) }
}

/** The unended grants of a user that exceed `kept`, least recently used first. */
export async function grantsBeyond(query: Query, userId: string, kept: number): Promise<string[]> {
  const rows = await query(sql`select id from grants where user_id = ${userId} and ended_at is null
    order by rotated_at desc, id desc`)
  return rows.slice(kept).map(({ id }) => id as string)
}

/** Throws if the database has moved: the other instance may have ended this grant long ago. */
export function grantSubjectFromRow(row: Row): GrantSubject {
  if (row.moved_at !== null) throw new DatabaseMoved(row.moved_at as Instant)
  return {
    grant: grantFromRow(row),
    sessionExpiresAt: (row.session_expires_at as Instant | null) ?? undefined,
  }
}

function grantFromRow(row: Row): Grant {
  const common = {
    id: row.id as string,
    userId: row.user_id as string,
    clientId: row.client_id as string,
    epoch: row.epoch as string,
    sessionId: (row.session_id as string | null) ?? undefined,
    scopes: wordsIn(row.scopes),
    claims: wordsIn(row.claims),
    audiences: JSON.parse(row.audiences as string) as string[],
    keyThumbprint: (row.key_thumbprint as string | null) ?? undefined,
    isPairwise: row.subject_type === 'pairwise',
    amr: JSON.parse(row.amr as string) as string[],
    level: row.acr as Level,
    authenticatedAt: row.authenticated_at as Instant,
    createdAt: row.created_at as Instant,
    expiresAt: row.expires_at as Instant,
    lastExpiresAt: row.last_expires_at as Instant,
    counter: row.counter as number,
    rotatedAt: row.rotated_at as Instant,
    rotatedBy: { address: row.rotated_address as string, userAgent: row.rotated_agent as string },
  }
  if (row.ended_at === null) return { ...common, state: 'live' }
  return {
    ...common,
    state: 'ended',
    endedAt: row.ended_at as Instant,
    reason: row.ended_reason as GrantEndReason,
  }
}

function wordsIn(text: unknown): string[] {
  return (text as string).split(' ').filter((word) => word !== '')
}
