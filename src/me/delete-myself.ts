import { leave } from '#src/accounts/leave.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import type { By } from '#src/audit/by.ts'
import { matches } from '#src/credentials/passwords/hash.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import type { Instant } from '#src/platform/clock.ts'
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
 * Deletes the caller's account. Needs a recent proof or the password; a user with a second factor or without
 * a password needs a recent proof. Returns until when the account can be restored, or undefined if it was
 * deleted at once. The last administrator cannot be deleted.
 */
export async function deleteMyself(world: World, deletion: Deletion): Promise<Instant | undefined> {
  const { userId, sessionId, password, address } = deletion
  const user = await findUser(world.db.query, userId)
  if (!user) throw new AppError('not_signed_in')
  const hasPassword = user.passwordHash !== undefined
  if (password === undefined || !hasPassword || user.secondFactors.length > 0) {
    await requireRecentProof(world, { user, sessionId })
  } else {
    await refuseBeyond(world, { name: 'password', of: userId })
    const isRight = await matches(world, { password, passwordHash: user.passwordHash, address })
    if (!isRight) throw new AppError('wrong_password')
  }
  const { deleteGraceMs } = world.settings
  if (deleteGraceMs === 0) {
    const { removed, propagated } = await removeWithTokens(world, { userId, by: deletion.by })
    if (removed === 'last_admin') throw new AppError('last_admin')
    await propagated
    return undefined
  }
  const deletesAt = world.clock.now() + deleteGraceMs
  const { leaving, propagated } = await leave(world, { user, deletesAt, by: deletion.by })
  if (leaving === 'last_admin') throw new AppError('last_admin')
  await propagated
  return deletesAt
}
