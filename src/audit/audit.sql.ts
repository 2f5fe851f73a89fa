import type { Audited, Head, Target } from '#src/audit/audited.ts'
import type { Actor } from '#src/audit/by.ts'
import type { EventName } from '#src/audit/events.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/**
 * Takes the next place; undefined where the instance has moved away. The row lock holds until the commit, so
 * places are in commit order and none is missing.
 */
export async function takePlace(query: Query): Promise<{ seq: number; previousHash: string } | undefined> {
  const [row] = await query(sql`update audit_head set seq = seq + 1
    where id = 1 and moved_at is null returning seq, hash`)
  return row && { seq: row.seq as number, previousHash: row.hash as string }
}

/** Takes the head without a change of it, where the instance is still here. */
export async function touchHead(query: Query): Promise<boolean> {
  const rows = await query(sql`update audit_head set moved_at = null
    where id = 1 and moved_at is null returning id`)
  return rows.length === 1
}

export async function setMoved(query: Query, at: Instant | null): Promise<void> {
  await query(sql`update audit_head set moved_at = ${at} where id = 1`)
}

export async function movedAtOf(query: Query): Promise<Instant | undefined> {
  const [row] = await query(sql`select moved_at from audit_head where id = 1`)
  if (!row) throw new Error('The audit log has no head')
  return (row.moved_at as Instant | null) ?? undefined
}

export async function insertEvent(query: Query, line: Audited): Promise<void> {
  const { actor, target } = line
  const actorId = actor.kind === 'user' ? actor.id : null
  const targetId = target.kind === 'none' ? null : target.id
  await query(sql`insert into audit_events (seq, at, event, actor_kind, actor_id, target_kind, target_id,
      address, request_id, details, key_id, previous_hash, hash)
    values (${line.seq}, ${line.at}, ${line.event}, ${actor.kind}, ${actorId}, ${target.kind}, ${targetId},
      ${line.address ?? null}, ${line.requestId ?? null}, ${line.details}, ${line.keyId},
      ${line.previousHash}, ${line.hash})`)
}

export async function moveHead(query: Query, { hash, keyId, mac }: Omit<Head, 'seq'>): Promise<void> {
  await query(sql`update audit_head set hash = ${hash}, key_id = ${keyId}, mac = ${mac} where id = 1`)
}

export async function headOf(query: Query): Promise<Head | undefined> {
  const [row] = await query(sql`select seq, hash, key_id, mac from audit_head where id = 1`)
  if (!row) return undefined
  const { seq, hash, key_id: keyId, mac } = row
  return { seq: seq as number, hash: hash as string, keyId: keyId as string, mac: mac as string }
}

/** What comes after a place, oldest first. */
export async function eventsAfter(query: Query, seq: number, most: number): Promise<Audited[]> {
  const rows = await query(sql`select * from audit_events where seq > ${seq} order by seq limit ${most}`)
  return rows.map(fromRow)
}

export type Filters = {
  readonly event: string | undefined
  readonly actorId: string | undefined
  readonly targetId: string | undefined
}

/** What comes before a place, newest first. */
export async function eventsBefore(
  query: Query,
  { before, most, filters }: { before: number; most: number; filters: Filters },
): Promise<Audited[]> {
  const { event, actorId, targetId } = filters
  const rows = await query(sql`select * from audit_events where seq < ${before}
    and event = coalesce(${event ?? null}, event)
    and coalesce(actor_id, '') = coalesce(${actorId ?? null}, actor_id, '')
    and coalesce(target_id, '') = coalesce(${targetId ?? null}, target_id, '')
    order by seq desc limit ${most}`)
  return rows.map(fromRow)
}

/** Reads what is there, whatever it is: whether it was tampered with is for the chain to say. */
function fromRow(row: Row): Audited {
  return {
    seq: row.seq as number,
    at: row.at as number,
    event: row.event as EventName,
    actor: { kind: row.actor_kind, id: row.actor_id ?? undefined } as Actor,
    target: { kind: row.target_kind, id: row.target_id ?? undefined } as Target,
    address: (row.address as string | null) ?? undefined,
    requestId: (row.request_id as string | null) ?? undefined,
    details: row.details as string,
    keyId: row.key_id as string,
    previousHash: row.previous_hash as string,
    hash: row.hash as string,
  }
}
