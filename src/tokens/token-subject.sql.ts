import { DatabaseMoved } from '#src/audit/moved.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Client } from '#src/sessions/session.ts'
import type { Query, Row } from '#src/store/db.ts'
import { rowsOf, sql } from '#src/store/sql.ts'
import type { Level } from '#src/users/factor.ts'
import type { PublicUser } from '#src/users/user.ts'

/** A live session and its user in one snapshot: everything that goes into an access token. */
export type TokenSubject = {
  readonly sessionId: string
  readonly user: PublicUser
  readonly signature: string
  readonly amr: readonly string[]
  readonly level: Level
  readonly authenticatedAt: Instant
  /** The current refresh handle of the session; earlier ones have stopped working. */
  readonly handleHash: string
  readonly counter: number
  readonly expiresAt: Instant
}

/**
 * The subject of a new access token of this session; undefined if the session has ended. One statement, so
 * one snapshot: a live session and a signature that was valid at the same moment. Ending either of the two
 * afterwards revokes a token minted from it. Throws if the database has moved to another instance.
 */
export async function findTokenSubject(
  query: Query,
  { sessionId, now }: { sessionId: string; now: Instant },
): Promise<TokenSubject | undefined> {
  const [row] = await query(sql`select sessions.id as session_id, users.id as user_id, signature, email,
      email_verified_at, username, full_name, users.state as user_state, users.created_at as user_created_at,
      last_signed_in_at, amr, acr, authenticated_at, handle_hash, counter, expires_at,
      (select string_agg(role, ',' order by role) from user_roles where user_id = users.id) as roles,
      (select moved_at from instance where id = 1) as moved_at
    from sessions join users on users.id = sessions.user_id
    where sessions.id = ${sessionId} and ended_at is null and expires_at > ${now} and users.state = 'active'`)
  return row && subjectFromRow(row)
}

export type Rotation = {
  readonly handleHash: string
  readonly counter: number
  readonly now: Instant
  readonly lifetimeMs: number
  readonly client: Client
}

/** The session has the next counter now. Without a subject, its user is not active. */
export type Rotated = { readonly subject: TokenSubject | undefined }

/**
 * This statement decides a refresh: of twenty parallel callers exactly one gets the row. It returns the
 * subject of the new access token, read in the snapshot of the update. If the update had to wait for the row,
 * the signature may be revoked by now; then the token carries a revoked id, and is rejected like every other
 * with that signature. A password change rotates the handle of the session, so the old one finds nothing.
 */
export async function rotateCounter(
  query: Query,
  { handleHash, counter, now, lifetimeMs, client }: Rotation,
): Promise<Rotated | undefined> {
  const wanted = now + lifetimeMs
  const [row] = await query(sql`update sessions set counter = counter + 1, rotated_at = ${now},
      rotated_address = ${client.address}, rotated_agent = ${client.userAgent},
      expires_at = case when last_expires_at < ${wanted} then last_expires_at else ${wanted} end
    where handle_hash = ${handleHash} and counter = ${counter} and ended_at is null and expires_at > ${now}
    returning id as session_id, user_id, amr, acr, authenticated_at, handle_hash, counter, expires_at,
      (select signature from users where users.id = sessions.user_id) as signature,
      (select email from users where users.id = sessions.user_id) as email,
      (select email_verified_at from users where users.id = sessions.user_id) as email_verified_at,
      (select username from users where users.id = sessions.user_id) as username,
      (select full_name from users where users.id = sessions.user_id) as full_name,
      (select state from users where users.id = sessions.user_id) as user_state,
      (select created_at from users where users.id = sessions.user_id) as user_created_at,
      (select last_signed_in_at from users where users.id = sessions.user_id) as last_signed_in_at,
      (select string_agg(role, ',' order by role) from user_roles
        where user_roles.user_id = sessions.user_id) as roles,
      (select moved_at from instance where instance.id = 1) as moved_at`)
  return row && rotatedFromRow(row)
}

/**
 * The same for many at once, on PostgreSQL: one statement, one commit. A session that another transaction has
 * locked is skipped, so that no call waits for the logout of another, and no two groups wait for each other.
 * Returns what was rotated by the hash of the handle; what is not in it is left to `rotateCounter`.
 */
export async function rotateCounters(
  query: Query,
  rotations: readonly Rotation[],
): Promise<Map<string, Rotated>> {
  const list = rotations.map(({ handleHash, counter, now, lifetimeMs, client }) => ({
    ...{ handle_hash: handleHash, counter, now, wanted: now + lifetimeMs },
    ...{ address: client.address, agent: client.userAgent },
  }))
  const rows = await query(sql`update sessions set counter = sessions.counter + 1, rotated_at = presented.now,
      rotated_address = presented.address, rotated_agent = presented.agent,
      expires_at = case when last_expires_at < presented.wanted then last_expires_at else presented.wanted end
    from ${rowsOf(
      'handle_hash text, counter bigint, now bigint, wanted bigint, address text, agent text',
      list,
    )} as presented
      cross join lateral (select id from sessions
        where handle_hash = presented.handle_hash and counter = presented.counter
          and ended_at is null and expires_at > presented.now limit 1 for update skip locked) as mine,
      users, instance
    where sessions.id = mine.id and users.id = sessions.user_id and instance.id = 1
    returning sessions.id as session_id, user_id, amr, acr, authenticated_at, sessions.handle_hash,
      sessions.counter, expires_at, signature, email, email_verified_at, username, full_name,
      users.state as user_state, users.created_at as user_created_at, last_signed_in_at, moved_at,
      (select string_agg(role, ',' order by role) from user_roles
        where user_roles.user_id = sessions.user_id) as roles`)
  return new Map(rows.map((row) => [row.handle_hash as string, rotatedFromRow(row)]))
}

function rotatedFromRow(row: Row): Rotated {
  return { subject: row.user_state === 'active' ? subjectFromRow(row) : undefined }
}

/** Throws if the database has moved: the other instance may have ended this session long ago. */
function subjectFromRow(row: Row): TokenSubject {
  // No log here would hold an entry that revokes the token.
  if (row.moved_at !== null) throw new DatabaseMoved(row.moved_at as Instant)
  return fromRow(row)
}

function fromRow(row: Row): TokenSubject {
  return {
    sessionId: row.session_id as string,
    user: userFromRow(row),
    signature: row.signature as string,
    amr: JSON.parse(row.amr as string) as string[],
    level: row.acr as Level,
    authenticatedAt: row.authenticated_at as Instant,
    handleHash: row.handle_hash as string,
    counter: row.counter as number,
    expiresAt: row.expires_at as Instant,
  }
}

function userFromRow(row: Row): PublicUser {
  return {
    id: row.user_id as string,
    email: row.email as string,
    emailVerifiedAt: (row.email_verified_at as Instant | null) ?? undefined,
    username: (row.username as string | null) ?? undefined,
    fullName: (row.full_name as string | null) ?? undefined,
    state: row.user_state as PublicUser['state'],
    roles: row.roles === null ? [] : (row.roles as string).split(','),
    createdAt: row.user_created_at as Instant,
    lastSignedInAt: (row.last_signed_in_at as Instant | null) ?? undefined,
  }
}
