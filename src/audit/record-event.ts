import { type Details, eventMacOf, type Target } from '#src/audit/audit-event.ts'
import type { By } from '#src/audit/by.ts'
import { newEventId } from '#src/audit/event-id.ts'
import { insertEvents } from '#src/audit/events.sql.ts'
import type { EventName } from '#src/audit/events.ts'
import { stayHere } from '#src/audit/moved.ts'
import { encryptPersonal } from '#src/audit/personal.ts'
import { recordedSignal } from '#src/audit/signals.ts'
import { keepTrace } from '#src/audit/traces.ts'
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
export async function recordEvent(query: Query, world: Outside, happening: Happening): Promise<void> {
  await recordEvents(query, world, { possible: [happening] })
}

type Outside = Pick<World, 'keys' | 'clock' | 'random'>

/** Events, of which an earlier statement of the transaction decides which ones happened; without it, all. */
export type Possible = {
  readonly possible: readonly Happening[]
  readonly happened?: Promise<readonly boolean[]>
}

/** The same for several events, in one statement. */
export async function recordEvents(
  query: Query,
  { keys, clock, random }: Outside,
  { possible, happened }: Possible,
): Promise<void> {
  const plain = possible.map(({ by, target, personal }) => ({
    ...{ id: newEventId(random), actor: by.actor, target, address: by.address },
    personal: personal && withoutSecrets(personal),
  }))
  const [encrypted, didHappen] = await Promise.all([
    encryptPersonal(query, { keys, clock, random }, plain),
    happened,
    stayHere(query),
  ])
  const key = keys.macKey()
  const events = possible.flatMap((happening, index) => {
    const [about, personal] = [plain[index], encrypted[index]]
    if (!about || !personal || didHappen?.[index] === false) return []
    const { id, actor, target } = about
    const event = {
      ...{ id, at: clock.now(), event: happening.event, actor, target },
      ...{ requestId: happening.by.requestId, ...personal },
      // Callers pass no secrets; one that is passed by mistake is not stored.
      details: JSON.stringify(withoutSecrets(happening.details)),
    }
    keepTrace({ keys }, { eventId: id, trace: happening.by.trace })
    return [{ ...event, keyId: key.id, mac: eventMacOf(key, event) }]
  })
  if (events.length === 0) return
  sendAlong(insertEvents(query, events))
  recordedSignal({ keys, clock }).raise()
}
