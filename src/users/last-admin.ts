import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { activeMembersBeside, claimMembers, holdsRole } from '#src/users/roles.sql.ts'

/**
 * A step, the first of every transaction that takes an administrator away: true where nobody else would be
 * left. It takes the role's row, so that two administrators who remove each other at once leave one.
 */
export async function isLastAdmin(
  query: Query,
  { userId, now }: { userId: string; now: Instant },
): Promise<boolean> {
  await claimMembers(query, 'admin', now)
  if (!(await holdsRole(query, userId, 'admin'))) return false
  return (await activeMembersBeside(query, 'admin', userId)) === 0
}
