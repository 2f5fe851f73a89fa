import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { factorKindsIn } from '#src/users/factor.ts'

/**
 * A step: recomputes what a sign-in asks for after the first factor from what the user has set up. A passkey
 * serves as a second factor only where another one is on: adding the first passkey does not change how a
 * password signs in.
 */
export async function refreshSecondFactors(query: Query, userId: string): Promise<void> {
  const [row] = await query(sql`update users set second_factors = second_factors where id = ${userId}
    returning second_factors, (select count(*) from passkeys where user_id = ${userId}) as passkeys`)
  if (!row) return
  const others = factorKindsIn(row.second_factors as string).filter((kind) => kind !== 'passkey')
  const hasPasskey = (row.passkeys as number) > 0
  const kinds = others.length > 0 && hasPasskey ? [...others, 'passkey'] : others
  await query(sql`update users set second_factors = ${kinds.join(',')} where id = ${userId}`)
}
