/** Milliseconds since 1970-01-01T00:00:00Z, as the wall clock told them. */
export type Instant = number

/** Where the program learns the time. Tests hand in a clock of their own. */
export type Clock = {
  /** The wall clock: what is stored, and what others are told. */
  now(): Instant
  /** Milliseconds from an unknown start that never step back: what leases and waits are counted in. */
  monotonic(): number
  /** Runs `act` once, `ms` from now, unless the returned function is called first. Keeps no process alive. */
  after(ms: number, act: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}

/** Keeps the process alive until the returned function is called: waiting for a moment alone does not. */
export function stayAwake(): () => void {
  const timer = setInterval(() => {}, 2 ** 30)
  return () => clearInterval(timer)
}

/** RFC 3339 in UTC: the one way a moment is written for others. */
export function rfc3339(at: Instant): string {
  return new Date(at).toISOString()
}
