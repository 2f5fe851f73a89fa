import { deleteExpiredCodes } from '#src/apps/device-codes.sql.ts'
import { deleteStaleNotices, postponeChecks, takeExpiredNotices } from '#src/apps/logout-notices.sql.ts'
import { deliveryOf } from '#src/apps/logout-reader.ts'
import { enqueue, wakeOutbox } from '#src/outbox/enqueue.ts'
import { maxSessionLifetimeMs } from '#src/sessions/session.ts'
import type { World } from '#src/world/world.ts'

/** By then the grant of a notice has expired and been deleted, so it can no longer end. */
const noticesKeptMs = maxSessionLifetimeMs + 10 * 24 * 60 * 60 * 1000

/** Cleans a batch of expired rows. Returns how many. */
export async function cleanApps(world: World, max: number): Promise<number> {
  const { db, clock } = world
  const now = clock.now()
  const expired = await announceExpired(world, max)
  const notices = await deleteStaleNotices(db.query, now - noticesKeptMs, max)
  return expired + notices + (await deleteExpiredCodes(db.query, now, max))
}

/** Nothing happens when a sign-in expires, so apps are notified when the cleaner finds it. */
async function announceExpired(world: World, max: number): Promise<number> {
  const now = world.clock.now()
  const { taken, postponed } = await world.db.transaction(async (query) => {
    const taken = await takeExpiredNotices(query, now, max)
    for (const notice of taken) {
      await enqueue(query, world, { ...deliveryOf(notice, now), key: `expired:${notice.grantId}` })
    }
    return { taken: taken.length, postponed: await postponeChecks(query, now, max) }
  })
  if (taken > 0) wakeOutbox(world)
  return taken + postponed
}
