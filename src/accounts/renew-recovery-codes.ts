import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { replaceCodes } from '#src/credentials/recovery-codes/recovery-code.ts'
import { AppError } from '#src/errors/errors.ts'
import { lockSecondFactors, refreshSecondFactors } from '#src/users/second-factors.sql.ts'
import type { World } from '#src/world/world.ts'

/** Creates a new set of recovery codes: the previous ones stop working. Needs another second factor. */
export async function renewRecoveryCodes(
  world: World,
  { userId, by }: { userId: string; by: By },
): Promise<readonly string[]> {
  const codes = await world.db.transaction(async (query) => {
    const kinds = await lockSecondFactors(query, userId)
    if (!kinds?.length) return undefined
    const fresh = await replaceCodes(query, world, userId)
    await refreshSecondFactors(query, userId)
    const target = { kind: 'user', id: userId } as const
    await recordEvent(query, world, { event: 'recovery_codes.created', by, target, details: {} })
    return fresh
  })
  if (!codes) throw new AppError('no_second_factor')
  return codes
}
