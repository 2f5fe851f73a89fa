import { actorIdOf, targetIdOf } from '#src/audit/audit-event.ts'
import type { ShownEvent } from '#src/audit/list-audit.ts'
import { rfc3339 } from '#src/platform/clock.ts'

/** An event as the API, the command line and exports show it. */
export function eventOnWire(event: ShownEvent) {
  const { actor, target, place } = event
  return {
    seq: place?.seq ?? null,
    sealed: place !== undefined,
    at: rfc3339(event.at),
    event: event.event,
    actor: { kind: actor.kind, id: actorIdOf(actor) },
    target: { kind: target.kind, id: targetIdOf(target) },
    ip: event.address ?? null,
    request_id: event.requestId ?? null,
    details: JSON.parse(event.details) as Record<string, unknown>,
    erased: event.isErased,
    hash: place?.hash ?? null,
  }
}
