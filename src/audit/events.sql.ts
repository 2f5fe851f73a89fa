import {
  type AuditEvent,
  actorIdOf,
  type SealedEvent,
  type Target,
  targetIdOf,
} from '#src/audit/audit-event.ts'
import type { Actor } from '#src/audit/by.ts'
import type { EventName } from '#src/audit/events.ts'
import type { UserKeys } from '#src/audit/personal.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { rowsOf, type Sql, sql } from '#src/store/sql.ts'

export async function insertEvents(query: Query, events: readonly AuditEvent[]): Promise<void> {
  const list = events.map(({ actor, target, ...event }) => ({
    ...{ id: event.id, at: event.at, event: event.event },
    ...{ actor_kind: actor.kind, actor_id: actorIdOf(actor) },
    ...{ target_kind: target.kind, target_id: targetIdOf(target) },
    ...{ address: event.address ?? null, request_id: event.requestId ?? null, details: event.details },
    ...{ actor_personal: event.actorPersonal ?? null, target_personal: event.targetPersonal ?? null },
    ...{ key_id: event.keyId, mac: event.mac },
  }))
  await query(sql`insert into audit_events (id, at, event, actor_kind, actor_id, target_kind, target_id,
      address, request_id, details, actor_personal, target_personal, key_id, mac)
    select id, at, event, actor_kind, actor_id, target_kind, target_id, address, request_id, details,
      actor_personal, target_personal, key_id, mac
    from ${rowsOf(
      `id text, at bigint, event text, actor_kind text, actor_id text, target_kind text, target_id text,
      address text, request_id text, details text, actor_personal text, target_personal text,
      key_id text, mac text`,
      list,
    )} as recorded`)
}

/** Committed events that are not in the chain yet, oldest first. */
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

/** An event as lists read it, sealed or not, with the keys of its personal details. */
export type ListedEvent = AuditEvent &
  UserKeys & { readonly place: { seq: number; hash: string } | undefined }

type PageBefore = { readonly before: Instant; readonly beforeId: string; readonly max: number }

/**
 * Events before a moment, newest first. Each filter has its own index; with several filters the most
 * selective index is used, and the others filter its rows.
 */
export async function eventsBefore(
  query: Query,
  { before, beforeId, max, filters }: PageBefore & { filters: Filters },
): Promise<ListedEvent[]> {
  const rows = await query(withKeys(found(filters, { before, beforeId, max }), newestFirst))
  return rows.map(listedFromRow)
}

function found({ event, actorId, targetId }: Filters, { before, beforeId, max }: PageBefore): Sql {
  if (targetId !== undefined) {
    return sql`select * from audit_events
      where target_id = ${targetId} and (at, id) < (${before}, ${beforeId})
      and event = coalesce(${event ?? null}, event)
      and coalesce(actor_id, '') = coalesce(${actorId ?? null}, actor_id, '')
      order by at desc, id desc limit ${max}`
  }
  if (actorId !== undefined) {
    return sql`select * from audit_events where actor_id = ${actorId} and (at, id) < (${before}, ${beforeId})
      and event = coalesce(${event ?? null}, event) order by at desc, id desc limit ${max}`
  }
  if (event !== undefined) {
    return sql`select * from audit_events where event = ${event} and (at, id) < (${before}, ${beforeId})
      order by at desc, id desc limit ${max}`
  }
  return sql`select * from audit_events where (at, id) < (${before}, ${beforeId})
    order by at desc, id desc limit ${max}`
}

export async function eventById(query: Query, id: string): Promise<ListedEvent | undefined> {
  const [row] = await query(withKeys(sql`select * from audit_events where id = ${id}`, newestFirst))
  return row && listedFromRow(row)
}

/** Events that a user caused or that are about the user, newest first: the two indexes are merged. */
export async function eventsOfUserBefore(
  query: Query,
  { userId, before, beforeId, max }: PageBefore & { userId: string },
): Promise<ListedEvent[]> {
  const both = sql`select * from (
      select * from (select * from audit_events
        where actor_id = ${userId} and actor_kind = 'user' and (at, id) < (${before}, ${beforeId})
        order by at desc, id desc limit ${max}) as caused
      union
      select * from (select * from audit_events
        where target_id = ${userId} and target_kind = 'user' and (at, id) < (${before}, ${beforeId})
        order by at desc, id desc limit ${max}) as concerning
    ) as events order by at desc, id desc limit ${max}`
  return (await query(withKeys(both, newestFirst))).map(listedFromRow)
}

/** Sealed events after a place, oldest first, with the keys of their personal details. */
export async function sealedPage(query: Query, after: number, max: number): Promise<ListedEvent[]> {
  const page = sql`select * from audit_events where seq > ${after} order by seq limit ${max}`
  return (await query(withKeys(page, 'order by events.seq'))).map(listedFromRow)
}

export async function deleteEventsThrough(query: Query, seq: number): Promise<void> {
  await query(sql`delete from audit_events where seq <= ${seq}`)
}

const newestFirst = 'order by events.at desc, events.id desc'
const joined = new WeakMap<TemplateStringsArray, TemplateStringsArray>()

/**
 * Adds the keys of the involved users to a page of events. The text is kept, because a prepared statement is
 * identified by its text.
 */
function withKeys({ strings, values }: Sql, order: string): Sql {
  const known = joined.get(strings)
  if (known) return { strings: known, values }
  const pieces = strings.map((piece) => piece)
  pieces[0] = `select events.*, actors.sealed as actor_key, targets.sealed as target_key from (${pieces[0]}`
  pieces[pieces.length - 1] += `) as events
    left join user_keys as actors on events.actor_kind = 'user' and actors.user_id = events.actor_id
    left join user_keys as targets on events.target_kind = 'user' and targets.user_id = events.target_id
    ${order}`
  const text = Object.assign(pieces, { raw: pieces })
  joined.set(strings, text)
  return { strings: text, values }
}

function listedFromRow(row: Row): ListedEvent {
  return {
    ...fromRow(row),
    place: placeOf(row),
    actorKey: (row.actor_key as string | null) ?? undefined,
    targetKey: (row.target_key as string | null) ?? undefined,
  }
}

function placeOf({ seq, hash }: Row): ListedEvent['place'] {
  return seq === null ? undefined : { seq: seq as number, hash: hash as string }
}

function sealedFromRow(row: Row): SealedEvent {
  const { seq, segment, hash } = row
  return { ...fromRow(row), seq: seq as number, segment: segment as number, hash: hash as string }
}

/** Reads the stored row without validation: `verifyAudit` detects changes. */
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
