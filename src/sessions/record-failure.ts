import { randomId } from '#src/platform/random.ts'
import { insertSignIn } from '#src/sessions/history.sql.ts'
import type { SignInOutcome } from '#src/sessions/history.ts'
import type { Client } from '#src/sessions/session.ts'
import { sendAlong } from '#src/store/send-along.ts'
import { countFailedPassword } from '#src/users/email-owner.sql.ts'
import type { FactorKind } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

type Failure = {
  readonly user: User | undefined
  readonly client: Client
  readonly method: FactorKind
  readonly outcome?: SignInOutcome
}

/**
 * Adds a failed sign-in to the history, and counts a wrong password. An unknown and a disabled login send the
 * same statements, so that all cost the same. The user may have been deleted in the meantime: the cleaner
 * deletes such a row.
 */
export async function recordFailure(
  { db, random, clock }: World,
  { user, client, method, outcome }: Failure,
): Promise<void> {
  const ended = outcome ?? (user?.state === 'disabled' ? 'disabled' : 'wrong_credentials')
  await db.transaction(async (query) => {
    const counted = ended === 'wrong_credentials' ? user?.id : undefined
    if (method === 'password') sendAlong(countFailedPassword(query, counted))
    await insertSignIn(query, {
      id: randomId(random),
      userId: user?.id,
      sessionId: undefined,
      at: clock.now(),
      outcome: ended,
      method,
      attempts: 1,
      client,
    })
  })
}
