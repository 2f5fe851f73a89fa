import { type Clock, systemClock } from '#src/platform/clock.ts'
import type { Db } from '#src/store/db.ts'

const starts = new WeakMap<Clock, number>()

/**
 * A database server whose own clock goes on as fast as that of the test: it was right when the test's was
 * first seen, and whatever is done to the test's wall clock alone is not done to it.
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
