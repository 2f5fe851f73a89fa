import { deleteFinished } from '#src/outbox/outbox.sql.ts'
import type { World } from '#src/world/world.ts'

/** How long operators can see sent and failed deliveries. */
const keptMs = 30 * 24 * 60 * 60 * 1000

/** Deletes one small batch of deliveries that ended long ago. Returns how many. */
export async function cleanOutbox({ db, clock }: World, max: number): Promise<number> {
  return deleteFinished(db.query, clock.now() - keptMs, max)
}
