import type { Instant } from '#src/platform/clock.ts'
import { databaseClock, maxSkewMs } from '#src/store/examine.ts'
import { perWorld } from '#src/world/world.ts'

type Seen = { readonly theirs: Instant; readonly asked: number; readonly answered: number }

/**
 * Our wall clock compared with the clock of the database server, the reference for all nodes. Between two
 * comparisons its time is tracked with the monotonic clock, so a step of ours is noticed at once. With
 * SQLite, or before the first comparison, there is no reference.
 */
export const wallClock = perWorld(({ db, clock }) => {
  let seen: Seen | undefined
  const look = async () => {
    if (db.dialect === 'sqlite') return
    const asked = clock.monotonic()
    const theirs = await databaseClock(db)
    if (theirs !== undefined) seen = { theirs, asked, answered: clock.monotonic() }
  }
  const aheadMs = (reading: Instant) => (seen ? reading - seen.theirs - clock.monotonic() + seen.asked : 0)
  const behindMs = (reading: Instant) =>
    seen ? seen.theirs + clock.monotonic() - seen.answered - reading : 0
  const isBehind = (reading: Instant) => behindMs(reading) > maxSkewMs
  return {
    look,
    /** For commands, which do not check the clock. */
    lookOnce: async () => (seen ? undefined : look()),
    /** The minimum error of a current reading, in either direction. */
    skewMs: (reading: Instant) => Math.max(0, aheadMs(reading), behindMs(reading)),
    /** Too far off to date anything. */
    isOff: (reading: Instant) => aheadMs(reading) > maxSkewMs || isBehind(reading),
    /**
     * Our time or the database's, whichever is later: keeping something until then is long enough by both
     * clocks.
     */
    latest(): Instant {
      const now = clock.now()
      return now + Math.max(0, Math.ceil(behindMs(now)))
    },
    /** So far behind that expired tokens would be accepted. */
    isBehind,
  }
})
