import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { isLeaked } from '#src/credentials/passwords/leak-check.ts'
import { markPasswordLeaked } from '#src/users/email-owner.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/**
 * Checks a correct password for leaks. A leaked one must be replaced before a session is opened. Returns the
 * updated user.
 */
export async function checkLeak(
  world: World,
  { user, password, by }: { user: User; password: string; by: By },
): Promise<User> {
  if (user.passwordMustChangeAt !== undefined || !(await isLeaked(world, password))) return user
  const now = world.clock.now()
  await world.db.transaction(async (query) => {
    const { id: userId, passwordHash } = user
    if (!(await markPasswordLeaked(query, { userId, passwordHash, now }))) return
    await recordEvent(query, world, {
      event: 'password.leaked',
      by: asUser(by, userId),
      target: { kind: 'user', id: userId },
      details: {},
    })
  })
  return { ...user, passwordMustChangeAt: now }
}
