import type { SealedEvent } from '#src/audit/audit-event.ts'
import type { Attempt, Delivery } from '#src/outbox/delivery.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** Creates deliveries from audit events. It receives every event exactly once, in the order of the log. */
export type Reader = {
  /** Stored with its cursor: never rename it. A new reader begins with the next event. */
  readonly name: string
  /** A step: works inside the transaction that moves the cursor, and may run again. */
  readonly handle: (
    query: Query,
    event: SealedEvent,
    now: Instant,
    world: World,
  ) => Promise<readonly NewDelivery[]>
  /** Runs after that transaction, or not at all if the process was killed in between. */
  readonly committed?: (world: World, events: readonly SealedEvent[]) => void
}

/** The reader's name, the event and the position in the list make the idempotency key. */
export type NewDelivery = Omit<Delivery, 'key'>

/**
 * Sends one kind of delivery. An error is a failed attempt; `CannotDeliver` means that there will be no
 * further one.
 */
export type Sender = (world: World, attempt: Attempt) => Promise<void>

export type Outbox = {
  readonly readers: readonly Reader[]
  readonly senders: Readonly<Record<string, Sender>>
}

/** Counts the events. */
export const eventCounter: Reader = {
  name: 'metrics',
  handle: async () => [],
  committed({ metrics }, events) {
    for (const { event } of events) metrics.count('sigil_audit_events_total', { event })
  },
}
