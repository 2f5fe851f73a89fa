import { type Clock, sleep } from '#src/platform/clock.ts'

/**
 * Runs `act` for all who ask, once in so long at most. Whoever asks while it runs waits for the next run: the
 * one under way may have looked before there was anything to see.
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
