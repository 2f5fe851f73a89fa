import { deleteFull } from '#src/limits/limits.sql.ts'
import type { World } from '#src/world/world.ts'

/** Deletes a small batch of full buckets. Returns how many. */
export async function cleanLimits({ db, clock }: World, max: number): Promise<number> {
  return deleteFull(db.query, clock.now(), max)
}
