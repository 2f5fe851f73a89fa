import { deleteFull } from '#src/limits/limits.sql.ts'
import type { World } from '#src/world/world.ts'

/** Deletes one small batch of buckets that are full again. Gives how many. */
export async function cleanLimits({ db, clock }: World, most: number): Promise<number> {
  return deleteFull(db.query, clock.now(), most)
}
