import { type Random, randomId } from '#src/random.ts'
import type { Query } from '#src/store/db.ts'
import { lockUser, replaceSignature } from '#src/users/users.sql.ts'

/**
 * A step: a new signature for a user, under the user's row lock. Gives the old one, which the caller must
 * revoke as the last statement of its transaction; undefined where there is no such user.
 */
export async function rotateSignature(
  query: Query,
  { random, userId }: { random: Random; userId: string },
): Promise<{ old: string; fresh: string } | undefined> {
  const locked = await lockUser(query, userId)
  if (!locked) return undefined
  const fresh = randomId(random)
  const replaced = await replaceSignature(query, { userId, from: locked.signature, to: fresh })
  if (!replaced) throw new Error('A signature changed under the lock of its row')
  return { old: locked.signature, fresh }
}
