import type { Instant } from '#src/platform/clock.ts'
import type { GrantSubject } from '#src/sessions/grant.ts'
import { grantSubjectFromRow } from '#src/sessions/grants.sql.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/**
 * The claims of a new access token of this grant; undefined if the grant, its session or its user has ended.
 * One statement, so one snapshot: ending any of them afterwards revokes the token.
 */
export async function findGrantSubject(
  query: Query,
  { grantId, now }: { grantId: string; now: Instant },
): Promise<GrantSubject | undefined> {
  const [row] = await query(sql`select grants.*, sessions.expires_at as session_expires_at,
      (select moved_at from instance where id = 1) as moved_at
    from grants join users on users.id = grants.user_id
      join apps on apps.client_id = grants.client_id
      left join sessions on sessions.id = grants.session_id and sessions.ended_at is null
        and sessions.expires_at > ${now}
    where grants.id = ${grantId} and grants.ended_at is null and grants.expires_at > ${now}
      and users.state = 'active' and apps.disabled_at is null and apps.epoch = grants.epoch
      and (grants.session_id is null or sessions.id is not null)`)
  return row && grantSubjectFromRow(row)
}
