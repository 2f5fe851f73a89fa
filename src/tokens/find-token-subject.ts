import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { type Standing, selectStanding } from '#src/tokens/token-subject.sql.ts'

/**
 * What a new access token of this session would say; undefined where it has ended. One statement, one
 * snapshot.
 */
export async function standingOf(
  query: Query,
  session: { sessionId: string; now: Instant },
): Promise<Standing | undefined> {
  return selectStanding(query, session)
}
