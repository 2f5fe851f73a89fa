import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { discardDelivery, reviveDelivery } from '#src/outbox/deliveries.sql.ts'
import { wakeOutbox } from '#src/outbox/enqueue.ts'
import type { World } from '#src/world/world.ts'

/** Sends a dead letter after all. Returns false where it has expired or holds nothing any more. */
export async function retryDelivery(world: World, { id, by }: { id: string; by: By }): Promise<boolean> {
  const isDue = await world.db.transaction(async (query) => {
    if (!(await reviveDelivery(query, id, world.clock.now()))) return false
    const about = { target: { kind: 'none' }, details: { delivery: id } } as const
    await recordEvent(query, world, { event: 'delivery.retried', by, ...about })
    return true
  })
  if (isDue) wakeOutbox(world)
  return isDue
}

/** Gives up what has not been sent, and deletes its content. An attempt under way may still arrive. */
export async function discard(world: World, { id, by }: { id: string; by: By }): Promise<boolean> {
  return world.db.transaction(async (query) => {
    if (!(await discardDelivery(query, id, world.clock.now()))) return false
    const about = { target: { kind: 'none' }, details: { delivery: id } } as const
    await recordEvent(query, world, { event: 'delivery.discarded', by, ...about })
    return true
  })
}
