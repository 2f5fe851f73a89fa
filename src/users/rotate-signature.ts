import { type Random, randomId } from '#src/platform/random.ts'
import type { Query } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'
import { lockUser, setSignature } from '#src/users/users.sql.ts'

/**
 * A step: a new signature for a user, under the user's row lock. Gives the old one, which the caller must
 * revoke as the last statement of its transaction; undefined where there is no such user.
 */
export async function rotateSignature(
  query: Query,
  { random, userId }: { random: Random; userId: string },
): Promise<string | undefined> {
  const locked = lockUser(query, userId)
  sendAlong(setSignature(query, userId, randomId(random)))
  return (await locked)?.signature
}
