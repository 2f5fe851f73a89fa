import { sealedSignal } from '#src/audit/signals.ts'
import { seal } from '#src/keys/seal.ts'
import type { Delivery } from '#src/outbox/delivery.ts'
import { insertDelivery } from '#src/outbox/outbox.sql.ts'
import { randomId } from '#src/platform/random.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

type Origin = { readonly reader: string; readonly eventSeq: number }

/**
 * A step: enqueues a delivery of a use case, such as a code. It is sent after the commit, or never if the
 * transaction fails. The payload is stored sealed.
 */
export async function enqueue(
  query: Query,
  world: Pick<World, 'keys' | 'clock' | 'random'>,
  delivery: Delivery,
): Promise<void> {
  await store(query, world, delivery, undefined)
}

/** The response goes first: whether anything is sent, and how long that takes, must not show in its time. */
export const wakeAfterMs = 20

/** Called after the commit: enqueued deliveries are sent now instead of up to a second later. */
export function wakeOutbox(world: World): void {
  world.clock.after(wakeAfterMs, () => sealedSignal(world).raise())
}

/** A step: the same for a delivery that a reader created for an event. */
export async function enqueueFor(
  query: Query,
  world: Pick<World, 'keys' | 'clock' | 'random'>,
  { origin, delivery }: { origin: Origin; delivery: Delivery },
): Promise<void> {
  await store(query, world, delivery, origin)
}

async function store(
  query: Query,
  { keys, clock, random }: Pick<World, 'keys' | 'clock' | 'random'>,
  { key, kind, recipient, expiresAt, ...delivery }: Delivery,
  origin: Origin | undefined,
): Promise<void> {
  const payload = seal({ keys, random }, { purpose: 'outbox_payload', id: key }, delivery.payload)
  await insertDelivery(query, {
    id: randomId(random),
    key,
    reader: origin?.reader,
    eventSeq: origin?.eventSeq,
    kind,
    recipient,
    payload,
    attempts: 0,
    expiresAt,
    now: clock.now(),
  })
}
