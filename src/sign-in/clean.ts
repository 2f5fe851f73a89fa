import { randomId } from '#src/platform/random.ts'
import { insertSignIn } from '#src/sessions/history.sql.ts'
import type { PendingAttempt } from '#src/sign-in/attempt.ts'
import { deleteExpiredAttempts } from '#src/sign-in/attempts.sql.ts'
import { storeLimited } from '#src/sign-in/record-limited.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/**
 * Deletes a batch of expired attempts and records those that were never completed: the first factor was
 * known. Returns how many rows were deleted or changed.
 */
export async function cleanAttempts(world: World, max: number): Promise<number> {
  const { db, clock } = world
  const deleted = await db.transaction(async (query) => {
    const expired = await deleteExpiredAttempts(query, clock.now(), max)
    for (const attempt of expired.abandoned) await recordAbandoned(query, world, attempt)
    return expired.deleted
  })
  return deleted + (await storeLimited(world))
}

async function recordAbandoned(
  query: Query,
  { random }: World,
  { userId, client, proven, expiresAt, purpose }: PendingAttempt,
): Promise<void> {
  const [first] = proven
  if (!first || purpose !== 'sign_in') return
  await insertSignIn(query, {
    id: randomId(random),
    userId,
    sessionId: undefined,
    at: expiresAt,
    outcome: 'abandoned',
    method: first.kind,
    attempts: 1,
    client,
  })
}
