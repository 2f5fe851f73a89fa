/** Milliseconds since 1970-01-01T00:00:00Z, by the wall clock. */
export type Instant = number

/** The only source of time. Tests pass a clock of their own. */
export type Clock = {
  /** The wall clock: for what is stored and sent. */
  now(): Instant
  /** Milliseconds since an arbitrary moment, monotonic: for leases and waits. */
  monotonic(): number
  /**
   * Runs `act` once after `ms`, unless the returned function is called first. Does not keep the process
   * alive.
   */
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

/** Resolves once the event loop has handled the I/O that is pending now. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Keeps the process alive until the returned function is called. */
export function stayAwake(): () => void {
  const timer = setInterval(() => {}, 2 ** 30)
  return () => clearInterval(timer)
}

/** RFC 3339 in UTC, as every response writes times. */
export function rfc3339(at: Instant): string {
  return new Date(at).toISOString()
}
