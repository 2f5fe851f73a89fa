import { type Details, eventMacOf, type Target } from '#src/audit/audit-event.ts'
import type { By } from '#src/audit/by.ts'
import { newEventId } from '#src/audit/event-id.ts'
import { insertEvent } from '#src/audit/events.sql.ts'
import type { EventName } from '#src/audit/events.ts'
import { stayHere } from '#src/audit/moved.ts'
import { encryptPersonal } from '#src/audit/personal.ts'
import { recordedSignal } from '#src/audit/signals.ts'
import type { Query } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'
import { withoutSecrets } from '#src/telemetry/redaction.ts'
import type { World } from '#src/world/world.ts'

export type Happening = {
  readonly event: EventName
  readonly by: By
  readonly target: Target
  readonly details: Details
  /** Details that identify the target user: they are deleted with the user. */
  readonly personal?: Details
}

/**
 * A step: records one event of the audit log in the transaction of its change, so that neither exists without
 * the other. It takes no lock that another writer waits for; the sealer orders committed events. The reads
 * before the insert are sent together, in one round trip.
 */
export async function recordEvent(
  query: Query,
  { keys, clock, random }: Pick<World, 'keys' | 'clock' | 'random'>,
  { event, by, target, details, personal }: Happening,
): Promise<void> {
  const id = newEventId(random)
  const { actor, address, requestId } = by
  const plain = { id, actor, target, address, personal: personal && withoutSecrets(personal) }
  const [encrypted] = await Promise.all([
    encryptPersonal(query, { keys, clock, random }, plain),
    stayHere(query),
  ])
  const happened = {
    ...{ id, at: clock.now(), event, actor, target, requestId, ...encrypted },
    // Callers pass no secrets; one that is passed by mistake is not stored.
    details: JSON.stringify(withoutSecrets(details)),
  }
  const key = keys.macKey()
  sendAlong(insertEvent(query, { ...happened, keyId: key.id, mac: eventMacOf(key, happened) }))
  recordedSignal({ keys, clock }).raise()
}
