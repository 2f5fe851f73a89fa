import { type AuditEvent, type Details, eventMacOf, type Target } from '#src/audit/audit-event.ts'
import type { By } from '#src/audit/by.ts'
import { newEventId } from '#src/audit/event-id.ts'
import { insertEvent } from '#src/audit/events.sql.ts'
import type { EventName } from '#src/audit/events.ts'
import { stayHere } from '#src/audit/moved.ts'
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
}

/**
 * A step: one event of the audit log, in the transaction of what it is about, so that neither is there
 * without the other. It takes no lock that another writer waits for; the sealer puts committed events in
 * order. The insert travels with the question whether the instance is still here: one way there and back.
 */
export async function recordEvent(
  query: Query,
  { keys, clock, random }: Pick<World, 'keys' | 'clock' | 'random'>,
  { event, by, target, details }: Happening,
): Promise<void> {
  const key = keys.macKey()
  const happened: Omit<AuditEvent, 'keyId' | 'mac'> = {
    id: newEventId(random),
    at: clock.now(),
    event,
    ...by,
    target,
    details: detailsOf(details),
    actorPersonal: undefined,
    targetPersonal: undefined,
  }
  const staying = stayHere(query)
  sendAlong(insertEvent(query, { ...happened, keyId: key.id, mac: eventMacOf(key, happened) }))
  await staying
  recordedSignal({ keys, clock }).raise()
}

/** Callers pass no secrets; one that slips in all the same is not written. */
function detailsOf(details: Details): string {
  return JSON.stringify(withoutSecrets(details))
}
