import type { Instant } from '#src/platform/clock.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { replaceHandle } from '#src/sessions/sessions.sql.ts'
import type { Query } from '#src/store/db.ts'

/**
 * A step: a new refresh handle for a session whose owner has just proven who they are; false where it has
 * ended.
 */
export async function renewHandle(
  query: Query,
  { sessionId, handle, now }: { sessionId: string; handle: string; now: Instant },
): Promise<boolean> {
  return replaceHandle(query, { id: sessionId, handleHash: hashOf(handle), now, authenticatedAt: now })
}
