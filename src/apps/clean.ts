import { deleteExpiredCodes } from '#src/apps/device-codes.sql.ts'
import { deleteStaleNotices } from '#src/apps/logout-notices.sql.ts'
import { maxSessionLifetimeMs } from '#src/sessions/session.ts'
import type { World } from '#src/world/world.ts'

/** By then the grant of a notice has expired and is deleted, so nothing ends it any more. */
const noticesKeptMs = maxSessionLifetimeMs + 10 * 24 * 60 * 60 * 1000

/** Deletes a batch of what is over. Returns how many rows it deleted. */
export async function cleanApps({ db, clock }: World, max: number): Promise<number> {
  const now = clock.now()
  const notices = await deleteStaleNotices(db.query, now - noticesKeptMs, max)
  return notices + (await deleteExpiredCodes(db.query, now, max))
}
