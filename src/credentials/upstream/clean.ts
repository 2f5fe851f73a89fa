import { deleteExpiredVisits } from '#src/credentials/upstream/upstream.sql.ts'
import type { World } from '#src/world/world.ts'

/** Deletes a batch of expired visits to providers and unconfirmed connections. */
export async function cleanVisits({ db, clock }: World, max: number): Promise<number> {
  return deleteExpiredVisits(db.query, clock.now(), max)
}
