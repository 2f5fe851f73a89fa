import { type Clock, sleep } from '#src/platform/clock.ts'

/**
 * How long to wait for the lock of the embedded database, which commands and stopping servers hold briefly.
 */
export const maxLockWaitMs = 5000

type Retries = {
  readonly clock: Clock
  readonly everyMs: number
  /** Decides about another attempt by the error and the time waited so far. */
  readonly shouldRetry: (error: unknown, waitedMs: number) => Promise<boolean>
}

/** Calls `open` until it succeeds; throws the last error once `shouldRetry` gives up. */
export async function openWithRetries<T>(
  open: () => Promise<T>,
  { clock, everyMs, shouldRetry }: Retries,
): Promise<T> {
  const began = clock.monotonic()
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!(await shouldRetry(error, clock.monotonic() - began))) throw error
    }
    await sleep(clock, everyMs)
  }
}
