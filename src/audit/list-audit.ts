import { eventsBefore, type Filters, type ListedEvent } from '#src/audit/events.sql.ts'
import { withPersonal } from '#src/audit/personal.ts'
import type { Place } from '#src/http/cursor.ts'
import type { World } from '#src/world/world.ts'

/** An event with the personal details that are still there. */
export type ShownEvent = ListedEvent & { readonly isErased: boolean }

/** Events before a place, newest first, sealed or not. One more than `limit`, where there are more. */
export async function listAudit(
  world: Pick<World, 'db' | 'keys'>,
  { place, limit, filters }: { place: Place; limit: number; filters: Filters },
): Promise<ShownEvent[]> {
  const events = await eventsBefore(world.db.query, { ...place, max: limit + 1, filters })
  return events.map((event) => withPersonal(world, event, event))
}
