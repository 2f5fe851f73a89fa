/**
 * The clocks of a verifier. Pass your own to control the time in a test.
 *
 * @example
 * let passed = 0
 * const clock: Clock = { now: () => 1_700_000_000_000 + passed, monotonic: () => passed, after: () => () =>
 * {} }
 */
export type Clock = {
  /** The wall clock in milliseconds since 1970: the expiry of tokens is compared with it. */
  now(): number
  /** Milliseconds since an arbitrary moment, monotonic: leases are measured with it. */
  monotonic(): number
  /** Runs `act` once after `ms`, unless the returned function is called first. */
  after(ms: number, act: () => void): () => void
}

/** The clocks of the machine. Timers do not keep the process alive, if the runtime has `unref`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, act) {
    const timer: unknown = setTimeout(act, ms)
    if (canUnref(timer)) timer.unref()
    return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
  },
}

/** Keeps the process alive until the returned function is called. */
export function stayAwake(): () => void {
  const timer = setInterval(() => {}, 1_000_000)
  return () => clearInterval(timer)
}

function canUnref(timer: unknown): timer is { unref(): void } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function'
}
