import { randomId } from '#src/platform/random.ts'
import { insertSignIn } from '#src/sessions/history.sql.ts'
import type { Client } from '#src/sessions/session.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** One line of history for a sign-in that failed; for an unknown login too, so that both write the same. */
export async function recordFailure(
  { db, random, clock }: World,
  { user, client, method }: { user: User | undefined; client: Client; method: string },
): Promise<void> {
  await insertSignIn(db.query, {
    id: randomId(random),
    userId: user?.id,
    sessionId: undefined,
    at: clock.now(),
    outcome: user?.state === 'disabled' ? 'disabled' : 'wrong_credentials',
    method,
    client,
  })
}
