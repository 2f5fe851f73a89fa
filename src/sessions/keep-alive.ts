import type { Instant } from '#src/platform/clock.ts'
import { extendPageSession } from '#src/sessions/sessions.sql.ts'
import type { Query } from '#src/store/db.ts'

const dayMs = 24 * 60 * 60 * 1000

/**
 * A step. Looking at our pages keeps their session alive, as refreshing keeps a client's: its end moves on,
 * never past its longest life. At most once a day, or ten times in a shorter life, so that nearly every view
 * only reads. Gives the new end, or undefined where it stays.
 */
export async function keepAlive(
  query: Query,
  view: { sessionId: string; expiresAt: Instant; now: Instant; lifetimeMs: number },
): Promise<Instant | undefined> {
  const { sessionId, now, lifetimeMs } = view
  const wanted = now + lifetimeMs
  const isUsedLately = view.expiresAt > wanted - Math.min(dayMs, lifetimeMs / 10)
  if (isUsedLately) return undefined
  return extendPageSession(query, { id: sessionId, now, from: view.expiresAt, to: wanted })
}
