import {
  type AuditEvent,
  actorIdOf,
  type SealedEvent,
  type Target,
  targetIdOf,
} from '#src/audit/audit-event.ts'
import type { Actor } from '#src/audit/by.ts'
import type { EventName } from '#src/audit/events.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export async function insertEvent(query: Query, event: AuditEvent): Promise<void> {
  const { actor, target } = event
  await query(sql`insert into audit_events (id, at, event, actor_kind, actor_id, target_kind, target_id,
      address, request_id, details, actor_personal, target_personal, key_id, mac)
    values (${event.id}, ${event.at}, ${event.event}, ${actor.kind}, ${actorIdOf(actor)}, ${target.kind},
      ${targetIdOf(target)}, ${event.address ?? null}, ${event.requestId ?? null}, ${event.details},
      ${event.actorPersonal ?? null}, ${event.targetPersonal ?? null}, ${event.keyId}, ${event.mac})`)
}

/** Committed events that have no place in the chain yet, oldest first. */
export async function unsealedEvents(
  query: Query,
  { after, max }: { after: { at: Instant; id: string } | undefined; max: number },
): Promise<AuditEvent[]> {
  const { at, id } = after ?? { at: 0, id: '' }
  const rows = await query(sql`select * from audit_events
    where seq is null and (at, id) > (${at}, ${id}) order by at, id limit ${max}`)
  return rows.map(fromRow)
}

/** Sealed events after a place, oldest first. */
export async function sealedEventsAfter(query: Query, seq: number, max: number): Promise<SealedEvent[]> {
  const rows = await query(sql`select * from audit_events where seq > ${seq} order by seq limit ${max}`)
  return rows.map(sealedFromRow)
}

export type Filters = {
  readonly event: string | undefined
  readonly actorId: string | undefined
  readonly targetId: string | undefined
}

/** An event that is listed may have been sealed or not. */
export type ListedEvent = AuditEvent & { readonly place: { seq: number; hash: string } | undefined }

type PageBefore = { readonly before: Instant; readonly beforeId: string; readonly max: number }

/**
 * Events before a moment, newest first. Each filter has an index of its own; of several the most selective
 * one is used, and what it finds is filtered by the others.
 */
export async function eventsBefore(
  query: Query,
  { before, beforeId, max, filters }: PageBefore & { filters: Filters },
): Promise<ListedEvent[]> {
  const event = filters.event ?? null
  const actor = filters.actorId ?? null
  const target = filters.targetId
  const rows = await query(
    target !== undefined
      ? sql`select * from audit_events where target_id = ${target} and (at, id) < (${before}, ${beforeId})
          and event = coalesce(${event}, event)
          and coalesce(actor_id, '') = coalesce(${actor}, actor_id, '')
          order by at desc, id desc limit ${max}`
      : actor !== null
        ? sql`select * from audit_events where actor_id = ${actor} and (at, id) < (${before}, ${beforeId})
            and event = coalesce(${event}, event) order by at desc, id desc limit ${max}`
        : event !== null
          ? sql`select * from audit_events where event = ${event} and (at, id) < (${before}, ${beforeId})
              order by at desc, id desc limit ${max}`
          : sql`select * from audit_events where (at, id) < (${before}, ${beforeId})
              order by at desc, id desc limit ${max}`,
  )
  return rows.map((row) => ({ ...fromRow(row), place: placeOf(row) }))
}

function placeOf({ seq, hash }: Row): ListedEvent['place'] {
  return seq === null ? undefined : { seq: seq as number, hash: hash as string }
}

function sealedFromRow(row: Row): SealedEvent {
  const { seq, segment, hash } = row
  return { ...fromRow(row), seq: seq as number, segment: segment as number, hash: hash as string }
}

/** Reads what is stored, whatever it is: `verifyAudit` tells whether it was changed. */
function fromRow(row: Row): AuditEvent {
  return {
    id: row.id as string,
    at: row.at as Instant,
    event: row.event as EventName,
    actor: { kind: row.actor_kind, ...(row.actor_id === null ? {} : { id: row.actor_id }) } as Actor,
    target: { kind: row.target_kind, ...(row.target_id === null ? {} : { id: row.target_id }) } as Target,
    address: (row.address as string | null) ?? undefined,
    requestId: (row.request_id as string | null) ?? undefined,
    details: row.details as string,
    actorPersonal: (row.actor_personal as string | null) ?? undefined,
    targetPersonal: (row.target_personal as string | null) ?? undefined,
    keyId: row.key_id as string,
    mac: row.mac as string,
  }
}
