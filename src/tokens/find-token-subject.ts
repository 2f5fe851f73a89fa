import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { selectTokenSubject, type TokenSubject } from '#src/tokens/token-subject.sql.ts'

/**
 * What a new access token of this session would say; undefined where it has ended. One statement, one
 * snapshot.
 */
export async function findTokenSubject(
  query: Query,
  session: { sessionId: string; now: Instant },
): Promise<TokenSubject | undefined> {
  return selectTokenSubject(query, session)
}
