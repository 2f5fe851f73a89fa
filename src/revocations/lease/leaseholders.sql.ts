import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A node that may accept tokens from memory: how far it has applied the log, and how long its lease is. */
export type Leaseholder = {
  readonly id: string
  readonly name: string
  readonly acked: number
  readonly beat: number
  readonly leaseMs: number
  readonly registeredAt: Instant
  /** When it last renewed, by its own clock; 0 if unknown. */
  readonly beatenAt: Instant
}

export async function insertLeaseholder(query: Query, added: Leaseholder): Promise<void> {
  await query(sql`insert into leaseholders (id, name, acked, beat, lease_ms, registered_at, beaten_at)
    values (${added.id}, ${added.name}, ${added.acked}, ${added.beat}, ${added.leaseMs},
      ${added.registeredAt}, ${added.beatenAt})`)
}

/**
 * A write, so that a deposed primary or a replica cannot answer it. Returns the acknowledged position in the
 * row; undefined if the row was deleted, and the lease with it.
 */
export async function beatLeaseholder(query: Query, id: string, now: Instant): Promise<number | undefined> {
  const [row] = await query(sql`update leaseholders set beat = beat + 1, beaten_at = ${now}
    where id = ${id} returning acked`)
  return row?.acked as number | undefined
}

/**
 * PostgreSQL only: a single server does not acknowledge to anyone. It does not wait for the disk: losing an
 * acknowledgement in a crash makes a wait longer, never shorter, and the next renewal reports the loss.
 */
export async function ackLeaseholder(
  query: Query,
  { id, acked }: { id: string; acked: number },
): Promise<void> {
  await query(sql`update leaseholders set acked = ${acked} where id = ${id} and acked < ${acked}
    and set_config('synchronous_commit', 'off', true) = 'off'`)
}

export async function lendLeaseholder(
  query: Query,
  { id, leaseMs }: { id: string; leaseMs: number },
): Promise<void> {
  await query(sql`update leaseholders set lease_ms = ${leaseMs} where id = ${id}`)
}

export async function deleteLeaseholder(query: Query, id: string): Promise<void> {
  await query(sql`delete from leaseholders where id = ${id}`)
}

/** Only if it has not been renewed since it was read: the node may have returned in the meantime. */
export async function deleteSilentLeaseholder(
  query: Query,
  { id, beat }: { id: string; beat: number },
): Promise<void> {
  await query(sql`delete from leaseholders where id = ${id} and beat = ${beat}`)
}

export async function allLeaseholders(query: Query): Promise<Leaseholder[]> {
  return (await query(sql`select * from leaseholders order by registered_at, id`)).map(fromRow)
}

/** PostgreSQL only, and after the commit: in the transaction it would serialize all commits of a cluster. */
export async function sendHint(query: Query, payload: string): Promise<void> {
  await query(sql`select pg_notify('sigil_hint', ${payload})`)
}

/**
 * PostgreSQL only, and in a statement after the acknowledgement: of two nodes that acknowledge at once, at
 * least the later statement sees both. If each node sent a hint, n nodes would wake n listeners n times.
 */
export async function sendHintIfLast(query: Query, seq: number): Promise<void> {
  await query(sql`select pg_notify('sigil_hint', ${`ack ${seq}`})
    where not exists (select 1 from leaseholders where acked < ${seq})`)
}

function fromRow(row: Row): Leaseholder {
  return {
    id: row.id as string,
    name: row.name as string,
    acked: row.acked as number,
    beat: row.beat as number,
    leaseMs: row.lease_ms as number,
    registeredAt: row.registered_at as Instant,
    beatenAt: row.beaten_at as Instant,
  }
}
