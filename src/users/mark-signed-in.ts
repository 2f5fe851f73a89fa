import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import type { User } from '#src/users/user.ts'
import { markSignedIn as mark } from '#src/users/users.sql.ts'

/**
 * A step, the first of every sign-in's transaction: false where the user is no longer as the proof saw them.
 */
export async function markSignedIn(
  query: Query,
  seen: { user: User; now: Instant; passwordHash: string | undefined },
): Promise<boolean> {
  return mark(query, seen)
}
