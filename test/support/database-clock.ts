import { type Clock, systemClock } from '#src/platform/clock.ts'
import type { Db } from '#src/store/db.ts'

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
      const isOfClock =
        'postgres' in statement && statement.postgres.strings[0]?.includes('clock_timestamp()')
      return isOfClock ? [{ now: Math.round(start + clock.monotonic()) }] : db.query(statement)
    },
  }
}
