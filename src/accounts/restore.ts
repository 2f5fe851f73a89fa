import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { useCode } from '#src/credentials/email-codes/email-codes.sql.ts'
import { makeCode } from '#src/credentials/email-codes/issue.ts'
import { matchLeaving } from '#src/credentials/email-codes/match.ts'
import { AppError } from '#src/errors/errors.ts'
import { BrokenReference, type Query } from '#src/store/db.ts'
import { cancelDeletion } from '#src/users/deletion.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/**
 * Throws for a user who has proven a first factor and whose account is being deleted: they cannot sign in,
 * but can restore the account with the token in the error.
 */
export async function refuseLeaving(world: World, user: User): Promise<void> {
  const { id: userId, email, deletesAt } = user
  if (deletesAt === undefined || deletesAt <= world.clock.now()) return
  const subject = `sign-in:${userId}`
  const made = await world.db
    .transaction((query) => makeCode(query, world, { purpose: 'restore', subject, userId, email }))
    .catch((error: unknown) => {
      // The user has just been deleted.
      if (error instanceof BrokenReference) return undefined
      throw error
    })
  if (made) throw new AppError('account_being_deleted', { restore: { token: made.token, deletesAt } })
}

/** The account that a token restores, for a confirmation page. Changes nothing: mail scanners open links. */
export async function findLeaving(world: World, token: string): Promise<User | undefined> {
  const matched = await matchLeaving(world, { purpose: 'restore', token })
  return isRestorable(world, matched?.user) ? matched?.user : undefined
}

/** Restores an account that is being deleted; its owner can sign in again. Throws `invalid_link`. */
export async function restore(world: World, { token, by }: { token: string; by: By }): Promise<void> {
  const matched = await matchLeaving(world, { purpose: 'restore', token })
  if (!matched) throw new AppError('invalid_link')
  const { code, user } = matched
  const isRestored = await world.db.transaction(async (query) => {
    if (!(await undoDeletion(query, world, { userId: user.id, by }))) return false
    await useCode(query, code.id, world.clock.now())
    return true
  })
  if (!isRestored) throw new AppError('invalid_link')
}

/** A step: the account is not deleted after all. False where it is not being deleted, or it is due. */
export async function undoDeletion(
  query: Query,
  world: World,
  { userId, by }: { userId: string; by: By },
): Promise<boolean> {
  if (!(await cancelDeletion(query, userId, world.clock.now()))) return false
  const target = { kind: 'user', id: userId } as const
  await recordEvent(query, world, { event: 'user.restored', by: asUser(by, userId), target, details: {} })
  return true
}

function isRestorable({ clock }: World, user: User | undefined): boolean {
  return user?.deletesAt !== undefined && user.deletesAt > clock.now()
}
