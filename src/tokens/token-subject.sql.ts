import { DatabaseMoved } from '#src/audit/moved.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { Level } from '#src/users/factor.ts'

/** A live session and its user as one snapshot saw them: all that an access token says. */
export type TokenSubject = {
  readonly sessionId: string
  readonly userId: string
  readonly signature: string
  readonly email: string
  readonly emailVerified: boolean
  readonly username: string | undefined
  readonly roles: readonly string[]
  readonly amr: readonly string[]
  readonly level: Level
  readonly authenticatedAt: Instant
  /** The refresh handle that the session has now; an earlier one of the same session is worth nothing. */
  readonly handleHash: string
  readonly counter: number
  readonly expiresAt: Instant
}

/**
 * One statement, so one snapshot: a session seen as live beside a signature that it lived under. A token
 * minted from it is killed by whatever ends either, before or after. Faults where the instance has moved
 * away.
 */
export async function selectTokenSubject(
  query: Query,
  { sessionId, now }: { sessionId: string; now: Instant },
): Promise<TokenSubject | undefined> {
  const [row] =
    await query(sql`select sessions.id as session_id, user_id, signature, email, email_verified_at,
      username, amr, acr, authenticated_at, handle_hash, counter, expires_at,
      (select string_agg(role, ',' order by role) from user_roles where user_id = users.id) as roles,
      (select moved_at from audit_head where id = 1) as moved_at
    from sessions join users on users.id = sessions.user_id
    where sessions.id = ${sessionId} and ended_at is null and expires_at > ${now} and state = 'active'`)
  // Where the instance is now, this session may have ended long ago, and nobody would remember the token.
  if (row && row.moved_at !== null) throw new DatabaseMoved(row.moved_at as Instant)
  return row && fromRow(row)
}

function fromRow(row: Row): TokenSubject {
  return {
    sessionId: row.session_id as string,
    userId: row.user_id as string,
    signature: row.signature as string,
    email: row.email as string,
    emailVerified: row.email_verified_at !== null,
    username: (row.username as string | null) ?? undefined,
    roles: row.roles === null ? [] : (row.roles as string).split(','),
    amr: JSON.parse(row.amr as string) as string[],
    level: row.acr as Level,
    authenticatedAt: row.authenticated_at as Instant,
    handleHash: row.handle_hash as string,
    counter: row.counter as number,
    expiresAt: row.expires_at as Instant,
  }
}
