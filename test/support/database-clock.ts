import { type Clock, systemClock } from '#src/platform/clock.ts'
import type { Db, Query } from '#src/store/db.ts'

const starts = new WeakMap<Clock, number>()

/**
 * A database server whose clock follows the monotonic clock of the test. It starts correct, and changes of
 * the test's wall clock do not affect it.
 */
export function withClockBeside(db: Db, clock: Clock): Db {
  const start = starts.get(clock) ?? systemClock.now() - clock.monotonic()
  starts.set(clock, start)
  return {
    ...db,
    query: async (statement) => {
      return isOfClock(statement) ? [{ now: Math.round(start + clock.monotonic()) }] : db.query(statement)
    },
  }
}

/** Whether a statement reads the clock of the database server. */
export function isOfClock(statement: Parameters<Query>[0]): boolean {
  return 'strings' in statement && statement.strings.join('').includes('clock_timestamp()')
}
