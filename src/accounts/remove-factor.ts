import { settleSecondFactors } from '#src/accounts/settle-second-factors.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { removeTotp } from '#src/credentials/totp/totp.ts'
import type { Query } from '#src/store/db.ts'
import { type ListedKind, listedKinds } from '#src/users/factor.ts'
import { lockSecondFactors, unchoose } from '#src/users/second-factors.sql.ts'
import type { World } from '#src/world/world.ts'

/** How each factor is removed: its id is its kind. */
const removals: Readonly<Record<ListedKind, (query: Query, userId: string) => Promise<boolean>>> = {
  totp: removeTotp,
  ...unchoose,
}

/**
 * Removes a second factor. Removing the last one also removes the recovery codes and the trusted devices.
 * Sessions stay. Returns false where the user has no such factor.
 */
export async function removeFactor(
  world: World,
  { userId, id, by }: { userId: string; id: string; by: By },
): Promise<boolean> {
  const kind = listedKinds.find((one) => one === id)
  if (!kind) return false
  const remove = removals[kind]
  return world.db.transaction(async (query) => {
    const before = await lockSecondFactors(query, userId)
    if (!before || !(await remove(query, userId))) return false
    await settleSecondFactors(query, userId)
    await recordEvent(query, world, {
      event: 'factor.removed',
      by,
      target: { kind: 'user', id: userId },
      details: { method: id },
    })
    return true
  })
}
