import { removeWithTokens } from '#src/accounts/remove.ts'
import type { By } from '#src/audit/by.ts'
import { matches } from '#src/credentials/passwords/hash.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Deletion = {
  readonly userId: string
  readonly sessionId: string
  readonly password: string | undefined
  readonly address: string
  readonly by: By
}

/**
 * Deletes the caller, on a recent proof or the password; with a second factor on, on a recent proof alone.
 * The last administrator cannot be deleted.
 */
export async function deleteMyself(world: World, deletion: Deletion): Promise<void> {
  const { userId, sessionId, password, address } = deletion
  const user = await findUser(world.db.query, userId)
  if (!user) throw new AppError('not_signed_in')
  if (password === undefined || user.secondFactors.length > 0) {
    await requireRecentProof(world, { user, sessionId })
  } else {
    await refuseBeyond(world, { name: 'password', of: userId })
    const isRight = await matches(world, { password, passwordHash: user.passwordHash, address })
    if (!isRight) throw new AppError('wrong_password')
  }
  const { removed, propagated } = await removeWithTokens(world, { userId, by: deletion.by })
  if (removed === 'last_admin') throw new AppError('last_admin')
  await propagated
}
