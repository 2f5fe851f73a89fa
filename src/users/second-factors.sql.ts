import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { type FactorKind, factorKindsIn, secondFactorsOf } from '#src/users/factor.ts'

/**
 * A step, the first of whatever changes the second factors of a user: it takes the row lock, so that two
 * changes at once come one after the other. Returns undefined where there is no such user.
 */
export async function lockSecondFactors(query: Query, id: string): Promise<FactorKind[] | undefined> {
  const [row] = await query(sql`update users set state = state where id = ${id} returning second_factors`)
  return row && factorKindsIn(row.second_factors as string)
}

/**
 * A step, under that lock, and the only writer of `second_factors`: recomputes from what the user has set up
 * what a sign-in asks for after the first factor. A sign-in that is under way with the factors from before is
 * overtaken.
 */
export async function refreshSecondFactors(query: Query, userId: string): Promise<FactorKind[]> {
  const [row] = await query(sql`select
    (select count(*) from totp_secrets where user_id = ${userId} and confirmed_at is not null) as apps,
    (select count(*) from passkeys where user_id = ${userId}) as passkeys,
    (select count(*) from recovery_codes where user_id = ${userId} and used_at is null) as codes`)
  const { apps, passkeys, codes } = row as { apps: number; passkeys: number; codes: number }
  const kinds = secondFactorsOf({ hasTotp: apps > 0, hasPasskey: passkeys > 0, hasCodes: codes > 0 })
  await query(sql`update users set second_factors = ${kinds.join(',')} where id = ${userId}`)
  return kinds
}
