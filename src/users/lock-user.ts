import type { Query } from '#src/store/db.ts'
import { lockUser as lock } from '#src/users/users.sql.ts'

/**
 * A step, the first of what ends several sessions of a user: whoever signs in holds this lock as well, and
 * may be ending some of the same. In another order the two would wait for each other.
 */
export async function lockUser(query: Query, userId: string): Promise<void> {
  await lock(query, userId)
}
