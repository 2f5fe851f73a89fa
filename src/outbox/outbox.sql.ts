import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A delivery as it is stored. */
export type StoredDelivery = {
  readonly id: string
  readonly key: string
  readonly reader: string | undefined
  readonly eventSeq: number | undefined
  readonly kind: string
  readonly recipient: string
  /** Sealed. */
  readonly payload: string
  readonly attempts: number
  readonly expiresAt: Instant
}

/** A new reader begins after the last sealed event. */
export async function addReader(query: Query, name: string): Promise<void> {
  await query(sql`insert into outbox_readers (name, cursor)
    select ${name}, seq from audit_head where id = 1
    on conflict (name) do nothing`)
}

/** Locks the row of a reader until the commit, so that one worker at a time advances it. */
export async function lockReader(query: Query, name: string): Promise<number | undefined> {
  const [row] = await query(
    sql`update outbox_readers set cursor = cursor where name = ${name} returning cursor`,
  )
  return row?.cursor as number | undefined
}

export async function moveCursor(query: Query, name: string, cursor: number): Promise<void> {
  await query(sql`update outbox_readers set cursor = ${cursor} where name = ${name}`)
}

/** Which readers are behind the log, and whether a delivery is due. One read, which takes no lock. */
export async function workToDo(query: Query, now: Instant): Promise<{ behind: string[]; isDue: boolean }> {
  const rows = await query(sql`select name, cursor, (select seq from audit_head where id = 1) as head,
      (select min(next_attempt_at) from outbox_deliveries where state = 'due') as due
    from outbox_readers`)
  return {
    behind: rows.filter(({ cursor, head }) => Number(cursor) < Number(head)).map(({ name }) => String(name)),
    isDue: rows.some(({ due }) => due !== null && Number(due) <= now),
  }
}

type Inserted = StoredDelivery & { readonly now: Instant }

/** Inserts nothing if there is already a delivery with this key. */
export async function insertDelivery(query: Query, delivery: Inserted): Promise<void> {
  const { id, key, kind, recipient, payload, attempts, expiresAt, now } = delivery
  await query(sql`insert into outbox_deliveries (id, key, reader, event_seq, kind, recipient, payload, state,
      attempts, next_attempt_at, expires_at, created_at)
    values (${id}, ${key}, ${delivery.reader ?? null}, ${delivery.eventSeq ?? null}, ${kind}, ${recipient},
      ${payload}, 'due', ${attempts}, ${now}, ${expiresAt}, ${now})
    on conflict (key) do nothing`)
}

export async function dueKinds(query: Query, now: Instant): Promise<string[]> {
  const rows = await query(sql`select distinct kind from outbox_deliveries
    where state = 'due' and next_attempt_at <= ${now} order by kind`)
  return rows.map(({ kind }) => String(kind))
}

/**
 * Claims due deliveries for an attempt. No other worker gets them before `until`, when they are due again.
 */
export async function claimDeliveries(
  query: Query,
  { kind, now, until, max }: { kind: string; now: Instant; until: Instant; max: number },
): Promise<StoredDelivery[]> {
  const rows = await query(sql`update outbox_deliveries
    set attempts = attempts + 1, next_attempt_at = ${until}
    where state = 'due' and next_attempt_at <= ${now} and expires_at > ${now} and id in (
      select id from outbox_deliveries where state = 'due' and kind = ${kind} and next_attempt_at <= ${now}
      order by next_attempt_at, id limit ${max})
    returning *`)
  return rows.map(fromRow)
}

/** Expired deliveries are given up without an attempt, and their content is deleted. Returns how many. */
export async function expireDeliveries(query: Query, now: Instant): Promise<number> {
  const rows = await query(sql`update outbox_deliveries
    set state = 'dead', finished_at = ${now}, payload = '', last_error = 'Expired before it could be sent.'
    where state = 'due' and next_attempt_at <= ${now} and expires_at <= ${now} returning id`)
  return rows.length
}

type AttemptOf = { readonly id: string; readonly attempts: number; readonly now: Instant }

/** The payload, which may be a code, is deleted once it is sent. */
export async function markSent(query: Query, { id, attempts, now }: AttemptOf): Promise<void> {
  await query(sql`update outbox_deliveries set state = 'sent', finished_at = ${now}, payload = '',
      last_error = null
    where id = ${id} and state = 'due' and attempts = ${attempts}`)
}

export async function markFailed(
  query: Query,
  { id, attempts, error, nextAttemptAt }: Omit<AttemptOf, 'now'> & { error: string; nextAttemptAt: Instant },
): Promise<void> {
  await query(sql`update outbox_deliveries set next_attempt_at = ${nextAttemptAt}, last_error = ${error}
    where id = ${id} and state = 'due' and attempts = ${attempts}`)
}

/** A dead letter keeps its payload, so that an operator can requeue it. */
export async function markDead(
  query: Query,
  { id, attempts, error, now }: AttemptOf & { error: string },
): Promise<void> {
  await query(sql`update outbox_deliveries set state = 'dead', finished_at = ${now}, last_error = ${error}
    where id = ${id} and state = 'due' and attempts = ${attempts}`)
}

export async function deleteFinished(query: Query, before: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from outbox_deliveries where id in (
      select id from outbox_deliveries where state <> 'due' and finished_at <= ${before} limit ${max})
    returning id`)
  return rows.length
}

function fromRow(row: Row): StoredDelivery {
  return {
    id: row.id as string,
    key: row.key as string,
    reader: (row.reader as string | null) ?? undefined,
    eventSeq: (row.event_seq as number | null) ?? undefined,
    kind: row.kind as string,
    recipient: row.recipient as string,
    payload: row.payload as string,
    attempts: row.attempts as number,
    expiresAt: row.expires_at as Instant,
  }
}
