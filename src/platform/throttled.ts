import { type Clock, sleep } from '#src/platform/clock.ts'

/**
 * Throttle: runs `act` at most once per `everyMs`; concurrent callers share the next run. A call made during
 * a run waits for the next one, because the current one may have started too early.
 */
export function throttled(clock: Clock, everyMs: number, act: () => Promise<void>): () => Promise<void> {
  let mayRunFrom = Number.NEGATIVE_INFINITY
  let next: Promise<void> | undefined
  const run = async () => {
    const waitMs = mayRunFrom - clock.monotonic()
    await (waitMs > 0 ? sleep(clock, waitMs) : undefined)
    next = undefined
    mayRunFrom = clock.monotonic() + everyMs
    await act()
  }
  return () => {
    next ??= run()
    return next
  }
}
