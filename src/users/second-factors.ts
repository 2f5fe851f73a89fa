import type { Query } from '#src/store/db.ts'
import { type FactorKind, ownFactorsIn, secondFactorsOf } from '#src/users/factor.ts'
import { lockSecondFactors as lock, setSecondFactors as set } from '#src/users/users.sql.ts'

/**
 * A step, the first of whatever changes the second factors of a user: it takes the row lock, so that two
 * changes at once come one after the other. Returns undefined where there is no such user.
 */
export async function lockSecondFactors(query: Query, userId: string): Promise<FactorKind[] | undefined> {
  return lock(query, userId)
}

/** A step, under that lock. A sign-in that is under way with the factors from before is overtaken. */
export async function setSecondFactors(
  query: Query,
  { userId, kinds, codesLeft }: { userId: string; kinds: readonly FactorKind[]; codesLeft: number },
): Promise<void> {
  await set(query, userId, secondFactorsOf(ownFactorsIn(kinds), codesLeft))
}
