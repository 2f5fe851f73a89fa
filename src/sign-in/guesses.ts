import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { count, type Subject, uncount } from '#src/limits/count.ts'
import { readKnownBrowser } from '#src/limits/known-browser.ts'
import { delayMs, maxDelayMs, usedOf } from '#src/limits/limit.ts'
import { policies } from '#src/limits/policies.ts'
import { sleep } from '#src/platform/clock.ts'
import { loginKey } from '#src/users/find.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type Guess = {
  readonly login: string
  /** Whose login it is, where it is anybody's. */
  readonly user: User | undefined
  /** The cookie of that name, as it was presented. */
  readonly knownBrowser: string | undefined
  readonly by: By
}

/**
 * Counts a guess of a password and holds it back as its login's bucket demands, before any hash worker is
 * asked. Gives how to take it back, or nothing past the limit.
 */
export async function countGuess(
  world: World,
  guess: Guess,
): Promise<{ takeBack: () => Promise<void> } | undefined> {
  const subject = subjectOf(world, guess)
  const counted = await count(world, subject)
  const isRefused = counted.kind === 'rejected'
  if (isRefused && counted.isNews) await recordLimit(world, guess, subject)
  const heldMs = isRefused ? maxDelayMs : delayMs(usedOf(subject.policy, counted.fullInMs))
  if (heldMs > 0) await sleep(world.clock, heldMs)
  return isRefused ? undefined : { takeBack: () => uncount(world, subject) }
}

/**
 * A browser that has signed in as this user is counted by itself, so that an outsider who guesses locks
 * nobody out. Otherwise the login counts as it is spelt, and not whose it is: that an email and a username
 * share a bucket would say that both are somebody's.
 */
function subjectOf({ keys, clock }: World, { login, user, knownBrowser }: Guess): Subject {
  const known = knownBrowser === undefined ? undefined : readKnownBrowser(keys, knownBrowser, clock.now())
  return known && known.userId === user?.id
    ? { policy: policies.known_browser, of: known.id }
    : { policy: policies.login, of: loginKey(login) }
}

/** Once each time that a bucket is found empty, and for an unknown login as for a known one. */
async function recordLimit(world: World, { user, by }: Guess, { policy }: Subject): Promise<void> {
  await world.db.transaction((query) =>
    recordEvent(query, world, {
      event: 'sign_in.limited',
      by,
      target: user ? { kind: 'user', id: user.id } : { kind: 'none' },
      details: { limit: policy.name },
    }),
  )
}
