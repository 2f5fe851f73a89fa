import type { Clock } from '#src/platform/clock.ts'
import { systemClock } from '#src/platform/clock.ts'

export type TestClock = Clock & {
  /** Moves both clocks by this much and runs all due timers. */
  forward(ms: number): void
}

/**
 * A clock that stands still until a test moves it. It is set when it is first read: by then the keys of a
 * world have been created, by the clock of the system, no matter how long that took.
 */
export function testClock(): TestClock {
  let start: number | undefined
  let passed = 0
  let due: { at: number; act: () => void }[] = []
  return {
    now() {
      start ??= systemClock.now() + 1000
      return start + passed
    },
    monotonic: () => passed,
    after(ms, act) {
      const timer = { at: passed + ms, act }
      due.push(timer)
      return () => {
        due = due.filter((other) => other !== timer)
      }
    },
    forward(ms) {
      passed += ms
      const expired = due.filter(({ at }) => at <= passed)
      due = due.filter(({ at }) => at > passed)
      for (const { act } of expired) act()
    },
  }
}
