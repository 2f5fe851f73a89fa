import { DatabaseMoved } from '#src/audit/moved.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { Level } from '#src/users/factor.ts'

/** A live grant with its session and its user in one snapshot: everything that a ticket states. */
export type TicketSubject = {
  readonly grantId: string
  readonly clientId: string
  /** The epoch of the app in which the grant was opened. */
  readonly epoch: string
  readonly sessionId: string
  readonly userId: string
  readonly signature: string
  readonly email: string
  readonly isEmailVerified: boolean
  readonly username: string | undefined
  readonly roles: readonly string[]
  readonly level: Level
  readonly authenticatedAt: Instant
  readonly endsAt: Instant
}

/**
 * The claims of a new ticket; undefined if the grant, its session, its user or its app has ended. One
 * statement, so one snapshot: ending any of them afterwards revokes the ticket.
 */
export async function findTicketSubject(
  query: Query,
  { grantId, clientId, now }: { grantId: string; clientId: string; now: Instant },
): Promise<TicketSubject | undefined> {
  const [row] =
    await query(sql`select grants.id as grant_id, grants.client_id, grants.epoch, sessions.id as session_id,
      users.id as user_id, signature, email, email_verified_at, username, sessions.acr,
      sessions.authenticated_at, sessions.expires_at as session_ends_at, grants.expires_at as grant_ends_at,
      (select string_agg(role, ',' order by role) from user_roles where user_id = users.id) as roles,
      (select moved_at from instance where id = 1) as moved_at
    from grants join proxy_sites on proxy_sites.client_id = grants.client_id
      join apps on apps.client_id = grants.client_id and apps.epoch = grants.epoch
      join sessions on sessions.id = grants.session_id and sessions.user_id = grants.user_id
      join users on users.id = grants.user_id
    where grants.id = ${grantId} and grants.client_id = ${clientId} and grants.ended_at is null
      and grants.expires_at > ${now} and sessions.ended_at is null and sessions.expires_at > ${now}
      and users.state = 'active' and apps.disabled_at is null`)
  if (!row) return undefined
  // This server's log would not contain an entry that revokes the ticket.
  if (row.moved_at !== null) throw new DatabaseMoved(row.moved_at as Instant)
  return fromRow(row)
}

function fromRow(row: Row): TicketSubject {
  return {
    grantId: row.grant_id as string,
    clientId: row.client_id as string,
    epoch: row.epoch as string,
    sessionId: row.session_id as string,
    userId: row.user_id as string,
    signature: row.signature as string,
    email: row.email as string,
    isEmailVerified: row.email_verified_at !== null,
    username: (row.username as string | null) ?? undefined,
    roles: row.roles === null ? [] : (row.roles as string).split(','),
    level: row.acr as Level,
    authenticatedAt: row.authenticated_at as Instant,
    endsAt: Math.min(row.session_ends_at as Instant, row.grant_ends_at as Instant),
  }
}
