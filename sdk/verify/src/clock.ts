/**
 * Where the verifier learns the time. Hand in one of your own to move the time in a test.
 *
 * @example
 * let passed = 0
 * const clock: Clock = { now: () => 1_700_000_000_000 + passed, monotonic: () => passed, after: () => () =>
 * {} }
 */
export type Clock = {
  /** The wall clock in milliseconds since 1970: what the expiry of a token is compared with. */
  now(): number
  /** Milliseconds from any start that never step back: what a lease is counted in. */
  monotonic(): number
  /** Runs `act` once, `ms` from now, unless the function that it gives is called first. */
  after(ms: number, act: () => void): () => void
}

/** The clocks of the machine. A timer keeps no process alive where the runtime lets one say so. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, act) {
    const timer: unknown = setTimeout(act, ms)
    if (canUnref(timer)) timer.unref()
    return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
  },
}

/** Keeps the process from ending for as long as somebody waits; gives what lets it go. */
export function stayAwake(): () => void {
  const timer = setInterval(() => {}, 1_000_000)
  return () => clearInterval(timer)
}

function canUnref(timer: unknown): timer is { unref(): void } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function'
}
