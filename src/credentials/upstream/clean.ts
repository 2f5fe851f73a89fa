import { deleteExpiredVisits } from '#src/credentials/upstream/upstream.sql.ts'
import type { World } from '#src/world/world.ts'

/** Deletes a batch of visits to providers, and of connections to confirm, whose time is over. */
export async function cleanVisits({ db, clock }: World, max: number): Promise<number> {
  return deleteExpiredVisits(db.query, clock.now(), max)
}
