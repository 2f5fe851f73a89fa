import type { Instant } from '#src/platform/clock.ts'
import { databaseClock, maxSkewMs } from '#src/store/examine.ts'
import { perWorld } from '#src/world/world.ts'

type Seen = { readonly theirs: Instant; readonly asked: number; readonly answered: number }

/**
 * Our wall clock compared with that of the database server, the reference for all nodes. Between two looks
 * we follow theirs by the monotonic clock, so a step of ours is noticed at once. With SQLite, or
 * before the first look, there is nothing to compare with.
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
    /** For a command, which does not watch the clock. */
    lookOnce: async () => (seen ? undefined : look()),
    /** How far a reading that was taken just now is off, at least; in either direction. */
    skewMs: (reading: Instant) => Math.max(0, aheadMs(reading), behindMs(reading)),
    /** So far that nothing may be dated by it. */
    isOff: (reading: Instant) => aheadMs(reading) > maxSkewMs || isBehind(reading),
    /** Ours or theirs, whichever is later: what is kept until then is kept long enough by either. */
    latest(): Instant {
      const now = clock.now()
      return now + Math.max(0, Math.ceil(behindMs(now)))
    },
    /** So far that expired tokens would be accepted. */
    isBehind,
  }
})
