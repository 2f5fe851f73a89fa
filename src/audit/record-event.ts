import { insertEvent, moveHead, takePlace } from '#src/audit/audit.sql.ts'
import { type Details, type Entry, hashOf, headMacOf, type Target } from '#src/audit/audited.ts'
import type { By } from '#src/audit/by.ts'
import type { EventName } from '#src/audit/events.ts'
import { refuseAsMoved } from '#src/audit/moved.ts'
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
 * A step: one line of the audit log, in the transaction of what it tells of, so that neither is there without
 * the other. It takes the head of the log, which orders all that is audited: call it after everything else
 * but `revoke`. The order of locks is: what is changed, the audit head, the revocation head.
 */
export async function recordEvent(
  query: Query,
  { keys, clock }: Pick<World, 'keys' | 'clock'>,
  { event, by, target, details }: Happening,
): Promise<void> {
  const key = keys.macKey()
  const entry: Entry = { at: clock.now(), event, ...by, target, details: detailsOf(details) }
  const place = (await takePlace(query)) ?? (await refuseAsMoved(query))
  const line = { ...entry, ...place, keyId: key.id }
  const hash = hashOf(key, line)
  sendAlong(insertEvent(query, { ...line, hash }))
  sendAlong(moveHead(query, { hash, keyId: key.id, mac: headMacOf(key, { seq: place.seq, hash }) }))
}

/** Callers give no secrets; one that slips in all the same is not written. */
function detailsOf(details: Details): string {
  return JSON.stringify(withoutSecrets(details))
}
