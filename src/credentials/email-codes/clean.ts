import { deleteExpiredCodes } from '#src/credentials/email-codes/email-codes.sql.ts'
import type { World } from '#src/world/world.ts'

/** Deletes a small batch of expired codes. Returns how many. */
export async function cleanEmailCodes({ db, clock }: World, max: number): Promise<number> {
  return deleteExpiredCodes(db.query, clock.now(), max)
}
