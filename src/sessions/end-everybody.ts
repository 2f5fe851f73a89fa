import type { Instant } from '#src/platform/clock.ts'
import { countLiveSessions, endLiveSessions } from '#src/sessions/sessions.sql.ts'
import type { Query } from '#src/store/db.ts'

/** A step: ends every session that there is, and says how many had not ended yet. */
export async function endEverybodysSessions(query: Query, now: Instant): Promise<number> {
  const count = await countLiveSessions(query, now)
  await endLiveSessions(query, now)
  return count
}
