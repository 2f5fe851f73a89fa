import { type Clock, sleep } from '#src/platform/clock.ts'

/** A command holds the embedded database for a moment only, and a server that ends lets go of it soon. */
export const lockPatienceMs = 5000

type Patience = {
  readonly clock: Clock
  readonly everyMs: number
  /** Whether it is worth another try, by what went wrong and how long it has been going wrong. */
  readonly mayPass: (error: unknown, waitedMs: number) => Promise<boolean>
}

/** Tries again for as long as there is hope; then it throws the last fault. */
export async function openPatiently<T>(
  open: () => Promise<T>,
  { clock, everyMs, mayPass }: Patience,
): Promise<T> {
  const began = clock.monotonic()
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!(await mayPass(error, clock.monotonic() - began))) throw error
    }
    await sleep(clock, everyMs)
  }
}
