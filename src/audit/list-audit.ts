import { eventsBefore, type Filters, type ListedEvent } from '#src/audit/events.sql.ts'
import type { Place } from '#src/http/cursor.ts'
import type { World } from '#src/world/world.ts'

/** Events before a place, newest first, sealed or not. One more than `limit`, where there are more. */
export async function listAudit(
  { db }: Pick<World, 'db'>,
  { place, limit, filters }: { place: Place; limit: number; filters: Filters },
): Promise<ListedEvent[]> {
  return eventsBefore(db.query, { ...place, max: limit + 1, filters })
}
