import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { count, type Subject, uncount } from '#src/limits/count.ts'
import { readKnownBrowser } from '#src/limits/known-browser.ts'
import { delayMs, usedOf } from '#src/limits/limit.ts'
import { policies } from '#src/limits/policies.ts'
import { sleep } from '#src/platform/clock.ts'
import { loginKey } from '#src/users/find.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

type Guess = {
  readonly login: string
  /** The owner of the login, if there is one. */
  readonly user: User | undefined
  /** The known-browser cookie, as it was presented. */
  readonly knownBrowser: string | undefined
  readonly by: By
}

export type CountedGuess =
  | { readonly kind: 'counted'; readonly isKnown: boolean; readonly takeBack: () => Promise<void> }
  /** `isFirst`: the first rejected guess since the bucket was last usable. */
  | { readonly kind: 'limited'; readonly againInMs: number; readonly isFirst: boolean }

/**
 * Counts a guess of a password and delays it according to its bucket, before it is hashed. Known and unknown
 * logins are counted and delayed in the same way.
 */
export async function countGuess(world: World, guess: Guess): Promise<CountedGuess> {
  const counted: Subject[] = []
  let heldMs = 0
  for (const subject of subjectsOf(world, guess)) {
    const result = await count(world, subject)
    if (result.kind === 'rejected') {
      for (const earlier of counted) await uncount(world, earlier)
      if (result.isNews) await recordLimit(world, guess, subject)
      return { kind: 'limited', againInMs: result.retryInMs, isFirst: result.isNews }
    }
    counted.push(subject)
    heldMs = Math.max(heldMs, delayMs(usedOf(subject.policy, result.fullInMs)))
  }
  if (heldMs > 0) await sleep(world.clock, heldMs)
  return {
    kind: 'counted',
    isKnown: counted.some(({ policy }) => policy === policies.known_browser),
    takeBack: async () => {
      for (const subject of counted) await uncount(world, subject)
    },
  }
}

/**
 * A browser that has signed in as this user has its own bucket, so that an outsider's guesses cannot lock the
 * user out, and all such browsers of the user share another one. Otherwise the login is counted as it was
 * typed, not its user: a bucket shared by an email and a username would reveal that they belong together.
 */
function subjectsOf({ keys, clock }: World, { login, user, knownBrowser }: Guess): Subject[] {
  const known =
    user && knownBrowser !== undefined
      ? readKnownBrowser(keys, { text: knownBrowser, user, now: clock.now() })
      : undefined
  if (!known || !user) return [{ policy: policies.login, of: loginKey(login) }]
  return [
    { policy: policies.known_browser, of: known.id },
    { policy: policies.known_browsers, of: user.id },
  ]
}

/** Once each time that a bucket is empty, for unknown and known logins alike. */
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
