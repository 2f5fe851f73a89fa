import { stayHere } from '#src/audit/moved.ts'
import { insertUserKey, userKeyOf } from '#src/audit/user-keys.sql.ts'
import { randomId } from '#src/platform/random.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/**
 * A step: waits for the database as often as the creation of an account does after its first insert, and
 * changes nothing. A sign-up with a taken email would be answered sooner without it.
 */
export async function pretendToCreate(query: Query, { random, clock }: World): Promise<void> {
  const userId = randomId(random)
  await pretendToRecord(query, userId)
  // There is no such user, so no row is inserted.
  await insertUserKey(query, { userId, sealed: randomId(random), createdAt: clock.now() })
}

/** A step: the same for an audit event about a user who has a key already. */
export async function pretendToRecord(query: Query, userId: string): Promise<void> {
  await Promise.all([userKeyOf(query, userId), stayHere(query)])
}
