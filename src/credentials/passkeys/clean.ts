import { deleteExpiredChallenges } from '#src/credentials/passkeys/challenges.sql.ts'
import type { World } from '#src/world/world.ts'

/** Deletes a batch of challenges that nobody answered in time. Returns how many. */
export async function cleanChallenges({ db, clock }: World, max: number): Promise<number> {
  return deleteExpiredChallenges(db.query, clock.now(), max)
}
