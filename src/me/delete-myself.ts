import { removeWithTokens } from '#src/accounts/remove.ts'
import type { By } from '#src/audit/by.ts'
import { matches } from '#src/credentials/passwords/hash.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

/** How long after a sign-in the account can be deleted without the password. */
const recentProofMs = 10 * 60 * 1000

type Deletion = {
  readonly userId: string
  readonly authenticatedAt: number
  readonly password: string | undefined
  readonly address: string
  readonly by: By
}

/** Deletes the caller's account after a recent sign-in or with the password; not the last administrator. */
export async function deleteMyself(world: World, deletion: Deletion): Promise<void> {
  const { userId, authenticatedAt, password, address } = deletion
  if (password !== undefined) {
    await refuseBeyond(world, { name: 'password', of: userId })
    const user = await findUser(world.db.query, userId)
    const proven = await matches(world, { password, passwordHash: user?.passwordHash, address })
    if (!proven) throw new AppError('wrong_password')
  } else if (world.clock.now() - authenticatedAt > recentProofMs) {
    throw new AppError('proof_needed')
  }
  const { removed, propagated } = await removeWithTokens(world, { userId, by: deletion.by })
  if (removed === 'last_admin') throw new AppError('last_admin')
  await propagated
}
