import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { User } from '#src/users/user.ts'
import { userFromRow } from '#src/users/users.sql.ts'

/** The user of a grant, and the claims that the grant reveals in addition to its scopes. */
export async function userOfGrant(
  query: Query,
  grantId: string,
): Promise<{ user: User; claims: readonly string[] } | undefined> {
  const [row] = await query(sql`select users.*, grants.claims as granted_claims,
      (select string_agg(role, ',' order by role) from user_roles where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys
    from grants join users on users.id = grants.user_id where grants.id = ${grantId}`)
  if (!row) return undefined
  const claims = (row.granted_claims as string).split(' ').filter((claim) => claim !== '')
  return { user: userFromRow(row), claims }
}
