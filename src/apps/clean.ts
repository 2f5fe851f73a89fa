import { deleteExpiredCodes } from '#src/apps/device-codes.sql.ts'
import { deleteStaleNotices } from '#src/apps/logout-notices.sql.ts'
import { maxSessionLifetimeMs } from '#src/sessions/session.ts'
import type { World } from '#src/world/world.ts'

/** By then the grant of a notice has expired and been deleted, so it can no longer end. */
const noticesKeptMs = maxSessionLifetimeMs + 10 * 24 * 60 * 60 * 1000

/** Deletes a batch of expired rows. Returns how many. */
export async function cleanApps({ db, clock }: World, max: number): Promise<number> {
  const now = clock.now()
  const notices = await deleteStaleNotices(db.query, now - noticesKeptMs, max)
  return notices + (await deleteExpiredCodes(db.query, now, max))
}
