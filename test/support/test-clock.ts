import type { Clock } from '#src/platform/clock.ts'
import { systemClock } from '#src/platform/clock.ts'

export type TestClock = Clock & {
  /** Both clocks go on by so much, and what was due by then runs. */
  forward(ms: number): void
}

/** A clock that stands still until a test moves it. It starts now, so that new keys are in use. */
export function testClock(): TestClock {
  const start = systemClock.now() + 1000
  let passed = 0
  let due: { at: number; act: () => void }[] = []
  return {
    now: () => start + passed,
    monotonic: () => passed,
    after(ms, act) {
      const one = { at: passed + ms, act }
      due.push(one)
      return () => {
        due = due.filter((other) => other !== one)
      }
    },
    forward(ms) {
      passed += ms
      const ripe = due.filter(({ at }) => at <= passed)
      due = due.filter(({ at }) => at > passed)
      for (const { act } of ripe) act()
    },
  }
}
