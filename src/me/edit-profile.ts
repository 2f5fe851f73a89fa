import { editUser } from '#src/accounts/edit.ts'
import type { By } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** An absent field stays, null removes it. Users cannot change their own email. */
export type ProfileEdit = {
  readonly username?: string | null | undefined
  readonly fullName?: string | null | undefined
}

/** Changes the names of the caller. Limited, because each change stays in the audit log forever. */
export async function editProfile(
  world: World,
  { userId, edit, by }: { userId: string; edit: ProfileEdit; by: By },
): Promise<User> {
  await refuseBeyond(world, { name: 'profile', of: userId })
  const { username, fullName } = edit
  const editing = { userId, edit: { username, fullName }, by }
  const { user, propagated } = await editUser(world, editing).catch((error) => {
    const isGone = error instanceof AppError && error.code === 'not_found'
    throw isGone ? new AppError('not_signed_in') : error
  })
  await propagated
  return user
}
