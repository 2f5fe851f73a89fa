import { removeCodes } from '#src/credentials/recovery-codes/recovery-code.ts'
import { forgetDevices } from '#src/credentials/trusted-devices/trust.ts'
import type { Query } from '#src/store/db.ts'
import { refreshSecondFactors } from '#src/users/second-factors.sql.ts'

/**
 * A step, after a factor was removed: recomputes which second factors a sign-in requires. Removing the last
 * second factor also removes the recovery codes and the trusted devices.
 */
export async function settleSecondFactors(query: Query, userId: string): Promise<void> {
  const kinds = await refreshSecondFactors(query, userId)
  if (kinds.length > 0) return
  await removeCodes(query, userId)
  await forgetDevices(query, userId)
}
