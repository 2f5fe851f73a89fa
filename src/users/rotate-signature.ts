import { type Random, randomId } from '#src/platform/random.ts'
import type { Query } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'
import { lockUser, setSignature } from '#src/users/users.sql.ts'

/**
 * A step: sets a new signature under the lock of the user's row. Returns the old one, which the caller
 * revokes as the last statement of its transaction, or undefined if there is no such user.
 */
export async function rotateSignature(
  query: Query,
  { random, userId }: { random: Random; userId: string },
): Promise<string | undefined> {
  const locked = lockUser(query, userId)
  sendAlong(setSignature(query, userId, randomId(random)))
  return (await locked)?.signature
}
