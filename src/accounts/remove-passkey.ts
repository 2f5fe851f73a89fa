import { settleSecondFactors } from '#src/accounts/settle-second-factors.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { deletePasskey, passkeyOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import type { User } from '#src/users/user.ts'
import { lockUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

/**
 * Removes a passkey of the caller. Needs a recent proof. The last way to sign in cannot be removed. Sessions
 * stay.
 */
export async function removePasskey(
  world: World,
  { user, sessionId, id, by }: { user: User; sessionId: string; id: string; by: By },
): Promise<void> {
  await refuseBeyond(world, { name: 'passkeys', of: user.id })
  await requireRecentProof(world, { user, sessionId })
  await removePasskeyOf(world, { userId: user.id, id, by })
}

/** The same for an administrator, whose recent proof was checked before. */
export async function removePasskeyOf(
  world: World,
  { userId, id, by }: { userId: string; id: string; by: By },
): Promise<void> {
  const outcome = await world.db.transaction(async (query) => {
    // Two concurrent removals run one after the other, and the second one finds the last passkey.
    await lockUser(query, userId)
    if (!(await passkeyOf(query, { userId, id }))) return 'not_found'
    if (!(await deletePasskey(query, { userId, id }))) return 'last_sign_in_method'
    await settleSecondFactors(query, userId)
    await recordEvent(query, world, {
      event: 'factor.removed',
      by,
      target: { kind: 'user', id: userId },
      details: { method: 'passkey', passkey: id },
    })
    return 'removed'
  })
  if (outcome !== 'removed') throw new AppError(outcome)
}
