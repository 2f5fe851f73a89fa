import type { Instant } from '#src/platform/clock.ts'
import { databaseClock, maxSkewMs } from '#src/store/examine.ts'
import { perWorld } from '#src/world/world.ts'

type Seen = { readonly theirs: Instant; readonly asked: number; readonly answered: number }

/**
 * Our wall clock beside that of the database server, by which all nodes are measured. Between two looks the
 * monotonic clock says what theirs shows by now, so a step of ours is known at once. Where the database is in
 * this process, or nobody has looked yet, nothing is known against ours.
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
    /** For a command, which keeps no clock watched. */
    lookOnce: async () => (seen ? undefined : look()),
    /** How far a reading that was taken just now is from theirs, at least; in either direction. */
    skewMs: (reading: Instant) => Math.max(0, aheadMs(reading), behindMs(reading)),
    /** Too far for anything to be dated by it. */
    isOff: (reading: Instant) => aheadMs(reading) > maxSkewMs || isBehind(reading),
    /** Ours or theirs, whichever is later: what is kept until then is kept long enough by either. */
    latest(): Instant {
      const now = clock.now()
      return now + Math.max(0, Math.ceil(behindMs(now)))
    },
    /** So far that what has expired would be taken for good. */
    isBehind,
  }
})
