/**
 * A limit, as a bucket of attempts that fills evenly: `quota` at once, and all of them back after `windowMs`.
 * What is kept of a bucket is one moment, the one at which it will be full again (the generic cell rate
 * algorithm).
 */
export type Policy = {
  readonly name: string
  readonly quota: number
  readonly windowMs: number
  /**
   * Guesses are counted in the database, for every node and over restarts; mere load in each node's memory.
   */
  readonly keptIn: 'database' | 'memory'
}

export type Counted =
  | { readonly kind: 'counted'; readonly fullInMs: number }
  /** `isNews` where the database was asked: a node that remembers says the same again. */
  | { readonly kind: 'refused'; readonly againInMs: number; readonly isNews: boolean }

/** What one attempt takes, in time. */
export function costOf({ quota, windowMs }: Policy): number {
  return Math.floor(windowMs / quota)
}

/**
 * Further away than any attempt can put it: then the clock was set back, and what it said before is
 * forgotten.
 */
export function beyondBelief({ windowMs }: Policy, now: number): number {
  return now + 2 * windowMs
}

/** When the bucket is full after one more attempt; undefined where there is none left in it. */
export function afterOneMore(policy: Policy, fullAt: number | undefined, now: number): number | undefined {
  const isPast = fullAt === undefined || fullAt <= now || fullAt > beyondBelief(policy, now)
  const next = (isPast ? now : fullAt) + costOf(policy)
  return next <= now + policy.windowMs ? next : undefined
}

/** How long until a bucket without any attempt has one again. */
export function againInMs(policy: Policy, fullAt: number, now: number): number {
  return Math.max(1, fullAt + costOf(policy) - policy.windowMs - now)
}

export function usedOf(policy: Policy, fullInMs: number): number {
  return Math.ceil(fullInMs / costOf(policy))
}

const freeGuesses = 5
const firstDelayMs = 125
export const maxDelayMs = 4000

/**
 * Delay before refusal: a person who mistypes notices nothing, a program that guesses is slowed more and
 * more.
 */
export function delayMs(used: number): number {
  if (used <= freeGuesses) return 0
  return Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(30, used - freeGuesses - 1))
}

/**
 * draft-ietf-httpapi-ratelimit-headers-10: what the policy is, how much of it is left, and when there is
 * more.
 */
export function headersOf(policy: Policy, counted: Counted): Record<string, string> {
  const isRefused = counted.kind === 'refused'
  const left = isRefused ? 0 : Math.max(0, policy.quota - usedOf(policy, counted.fullInMs))
  const seconds = Math.ceil((isRefused ? counted.againInMs : counted.fullInMs) / 1000)
  return {
    'ratelimit-policy': `"${policy.name}";q=${policy.quota};w=${policy.windowMs / 1000}`,
    ratelimit: `"${policy.name}";r=${left};t=${seconds}`,
    ...(isRefused ? { 'retry-after': String(seconds) } : {}),
  }
}
