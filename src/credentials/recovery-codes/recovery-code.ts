import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { codeHashOf, newCode, setSize } from '#src/credentials/recovery-codes/code.ts'
import {
  countCodesLeft,
  deleteCodes,
  insertCode,
  spendCode,
} from '#src/credentials/recovery-codes/recovery-codes.sql.ts'
import type { Query } from '#src/store/db.ts'
import { type Factor, factorTraits } from '#src/users/factor.ts'
import { lockSecondFactors, refreshSecondFactors } from '#src/users/second-factors.sql.ts'
import type { World } from '#src/world/world.ts'

/** A step, under the lock of the user: replaces the set of codes. Shown once, stored as hashes. */
export async function replaceCodes(
  query: Query,
  { random, clock }: Pick<World, 'random' | 'clock'>,
  userId: string,
): Promise<string[]> {
  await deleteCodes(query, userId)
  const codes = Array.from({ length: setSize }, () => newCode(random))
  const now = clock.now()
  for (const code of codes) await insertCode(query, { userId, codeHash: codeHashOf(userId, code), now })
  return codes
}

export async function codesLeft(query: Query, userId: string): Promise<number> {
  return countCodesLeft(query, userId)
}

/** A step: recovery codes replace another factor, so they are removed with the last one. */
export async function removeCodes(query: Query, userId: string): Promise<void> {
  await deleteCodes(query, userId)
}

/** Checks a recovery code of a user and uses it up. Returns undefined for a wrong or used code. */
export async function proveRecoveryCode(
  world: World,
  { userId, code, by }: { userId: string; code: string; by: By },
): Promise<Factor | undefined> {
  const { db, clock } = world
  const now = clock.now()
  const isRight = await db.transaction(async (query) => {
    const kinds = await lockSecondFactors(query, userId)
    if (!kinds || !(await spendCode(query, { userId, codeHash: codeHashOf(userId, code), now }))) return false
    const left = await countCodesLeft(query, userId)
    if (left === 0) await refreshSecondFactors(query, userId)
    const target = { kind: 'user', id: userId } as const
    await recordEvent(query, world, { event: 'recovery_code.used', by, target, details: { left } })
    return true
  })
  return isRight ? { kind: 'recovery_code', amr: factorTraits.recovery_code.amr, at: now } : undefined
}
