import type { Instant } from '#src/platform/clock.ts'
import { singleFlight } from '#src/platform/single-flight.ts'
import { raiseMintedUntil } from '#src/revocations/log/revocations.sql.ts'
import { perWorld } from '#src/world/world.ts'

/** The maximum time from preparing a token until it is dated. */
const marginMs = 60_000

/**
 * The database stores a moment up to which tokens may be dated, and log entries are kept beyond it: a token
 * minted by a clock that was ahead cannot outlive the entry that revokes it. The moment is stored before the
 * token's subject is read, and in the row that revokers lock. So either the revoker sees it, or the subject
 * is read after the revocation. It is stored a little ahead, so that minting costs one write per minute.
 */
export const mintedUntil = perWorld(({ db, clock }) => {
  let stored: Instant = 0
  const raise = singleFlight(async () => {
    const until = clock.now() + 2 * marginMs
    await raiseMintedUntil(db.query, until)
    stored = Math.max(stored, until)
  })
  return {
    /** Must be called before reading the subject of a token. */
    async prepare(now: Instant): Promise<void> {
      if (stored < now + marginMs) await raise()
    },
    /** Whether a token may have this date. False only if that took very long, or if the clock has stepped. */
    covers: (now: Instant) => now <= stored,
  }
})
