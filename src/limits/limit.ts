/**
 * A limit: a bucket of attempts that refills evenly. It allows `quota` attempts at once, and all of them are
 * back after `windowMs`. A bucket is stored as one moment, when it will be full again (generic cell rate
 * algorithm).
 */
export type Policy = {
  readonly name: string
  readonly quota: number
  readonly windowMs: number
  /**
   * Guesses are counted in the database, across all nodes and restarts; load is counted in each node's
   * memory.
   */
  readonly keptIn: 'database' | 'memory'
}

export type Counted =
  | { readonly kind: 'counted'; readonly fullInMs: number }
  /** `isNews` is true if the database decided, and false for repeats from memory. */
  | { readonly kind: 'rejected'; readonly retryInMs: number; readonly isNews: boolean }

/** How long it takes until one attempt is available again. */
export function costOf({ quota, windowMs }: Policy): number {
  return Math.floor(windowMs / quota)
}

/** A stored moment later than this was written before the clock was set back, and is ignored. */
export function maxCredible({ windowMs }: Policy, now: number): number {
  return now + 2 * windowMs
}

/** Returns when the bucket is full after one more attempt, or undefined if there is none left. */
export function afterOneMore(policy: Policy, fullAt: number | undefined, now: number): number | undefined {
  const isFull = fullAt === undefined || fullAt <= now || fullAt > maxCredible(policy, now)
  const next = (isFull ? now : fullAt) + costOf(policy)
  return next <= now + policy.windowMs ? next : undefined
}

/** Returns the time until an empty bucket has an attempt again. */
export function retryInMs(policy: Policy, fullAt: number, now: number): number {
  return Math.max(1, fullAt + costOf(policy) - policy.windowMs - now)
}

export function usedOf(policy: Policy, fullInMs: number): number {
  return Math.ceil(fullInMs / costOf(policy))
}

const freeGuesses = 5
const firstDelayMs = 125
export const maxDelayMs = 4000

/**
 * Wrong passwords are delayed before they are rejected: a typo costs nothing, while a program is slowed down
 * more and more.
 */
export function delayMs(used: number): number {
  if (used <= freeGuesses) return 0
  return Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(30, used - freeGuesses - 1))
}

/**
 * The headers of draft-ietf-httpapi-ratelimit-headers-10: the policy, what is left, and when there is more.
 */
export function headersOf(policy: Policy, counted: Counted): Record<string, string> {
  const isRejected = counted.kind === 'rejected'
  const left = isRejected ? 0 : Math.max(0, policy.quota - usedOf(policy, counted.fullInMs))
  const seconds = Math.ceil((isRejected ? counted.retryInMs : counted.fullInMs) / 1000)
  return {
    'ratelimit-policy': `"${policy.name}";q=${policy.quota};w=${policy.windowMs / 1000}`,
    ratelimit: `"${policy.name}";r=${left};t=${seconds}`,
    ...(isRejected ? { 'retry-after': String(seconds) } : {}),
  }
}
