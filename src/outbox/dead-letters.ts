import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { discardDelivery, reviveDelivery } from '#src/outbox/deliveries.sql.ts'
import { wakeOutbox } from '#src/outbox/enqueue.ts'
import type { World } from '#src/world/world.ts'

/** Requeues a dead letter. Returns false if it has expired or has no content any more. */
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

/** Gives up an unsent delivery and deletes its content. An attempt in progress may still arrive. */
export async function discard(world: World, { id, by }: { id: string; by: By }): Promise<boolean> {
  return world.db.transaction(async (query) => {
    if (!(await discardDelivery(query, id, world.clock.now()))) return false
    const about = { target: { kind: 'none' }, details: { delivery: id } } as const
    await recordEvent(query, world, { event: 'delivery.discarded', by, ...about })
    return true
  })
}
