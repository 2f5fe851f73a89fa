import type { SealedEvent } from '#src/audit/audit-event.ts'
import { sealedEventsAfter } from '#src/audit/events.sql.ts'
import { enqueueFor } from '#src/outbox/enqueue.ts'
import { lockReader, moveCursor } from '#src/outbox/outbox.sql.ts'
import type { Reader } from '#src/outbox/readers.ts'
import { sendAlong } from '#src/store/send-along.ts'
import type { World } from '#src/world/world.ts'

const maxEvents = 200

/**
 * Passes the next events to a reader. Its deliveries and its new cursor are committed together, so no event
 * is lost or handled twice. Returns the number of events.
 */
export async function readEvents(world: World, reader: Reader): Promise<number> {
  const { name } = reader
  const now = world.clock.now()
  const events = await world.db.transaction(async (query): Promise<SealedEvent[]> => {
    const cursor = await lockReader(query, name)
    if (cursor === undefined) return []
    const events = await sealedEventsAfter(query, cursor, maxEvents)
    const last = events.at(-1)
    if (!last) return []
    for (const event of events) {
      const deliveries = await reader.handle(query, event, now, world)
      for (const [index, delivery] of deliveries.entries()) {
        const key = `${name}:${event.id}:${index}`
        const origin = { reader: name, eventSeq: event.seq }
        await enqueueFor(query, world, { origin, delivery: { ...delivery, key } })
      }
    }
    sendAlong(moveCursor(query, name, last.seq))
    return events
  })
  reader.committed?.(world, events)
  return events.length
}
