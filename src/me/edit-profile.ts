import { editUser } from '#src/accounts/edit.ts'
import type { By } from '#src/audit/by.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** What shall change; absent stays, null is removed. Nobody changes their own email. */
export type ProfileEdit = {
  readonly username?: string | null | undefined
  readonly fullName?: string | null | undefined
}

/** Changes my names. Each change stays in the audit log for ever, so nobody makes as many as they like. */
export async function editProfile(
  world: World,
  { userId, edit, by }: { userId: string; edit: ProfileEdit; by: By },
): Promise<User> {
  await refuseBeyond(world, { name: 'profile', of: userId })
  const { username, fullName } = edit
  const { user, propagated } = await editUser(world, { userId, edit: { username, fullName }, by })
  await propagated
  return user
}
