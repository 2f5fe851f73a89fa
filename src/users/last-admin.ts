import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { countOtherActiveMembers, hasRole, lockMembers } from '#src/users/roles.sql.ts'

/**
 * The first step of every transaction that removes an administrator: returns true if no other active one
 * would remain. It locks the row of the role, so that two administrators removing each other at once leave
 * one.
 */
export async function isLastAdmin(
  query: Query,
  { userId, now }: { userId: string; now: Instant },
): Promise<boolean> {
  await lockMembers(query, 'admin', now)
  if (!(await hasRole(query, userId, 'admin'))) return false
  return (await countOtherActiveMembers(query, 'admin', userId)) === 0
}
