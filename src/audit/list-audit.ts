import { eventById, eventsBefore, type Filters, type ListedEvent } from '#src/audit/events.sql.ts'
import { withPersonal } from '#src/audit/personal.ts'
import type { Place } from '#src/http/cursor.ts'
import type { World } from '#src/world/world.ts'

/** An event with the personal details that still exist. */
export type ShownEvent = ListedEvent & { readonly isErased: boolean }

/** Events before a place, newest first, sealed or not. Returns one more than `limit` if there are more. */
export async function listAudit(
  world: Pick<World, 'db' | 'keys'>,
  { place, limit, filters }: { place: Place; limit: number; filters: Filters },
): Promise<ShownEvent[]> {
  const events = await eventsBefore(world.db.query, { ...place, max: limit + 1, filters })
  return events.map((event) => withPersonal(world, event, event))
}

/** One event, or undefined where there is none with this id. */
export async function findEvent(
  world: Pick<World, 'db' | 'keys'>,
  id: string,
): Promise<ShownEvent | undefined> {
  const event = await eventById(world.db.query, id)
  return event && withPersonal(world, event, event)
}
