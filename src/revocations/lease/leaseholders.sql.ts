import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/**
 * A node that may accept tokens from memory: how far it has read the log, and how long it may go on unheard
 * of.
 */
export type Leaseholder = {
  readonly id: string
  readonly name: string
  readonly acked: number
  readonly beat: number
  readonly leaseMs: number
  readonly registeredAt: Instant
  /** When it last renewed, by its own clock; 0 where an older release wrote the row. */
  readonly beatenAt: Instant
}

export async function insertLeaseholder(query: Query, holder: Leaseholder): Promise<void> {
  await query(sql`insert into leaseholders (id, name, acked, beat, lease_ms, registered_at, beaten_at)
    values (${holder.id}, ${holder.name}, ${holder.acked}, ${holder.beat}, ${holder.leaseMs},
      ${holder.registeredAt}, ${holder.beatenAt})`)
}

/**
 * A write, so that a deposed primary or a replica cannot answer it. Gives what the row says is acknowledged;
 * undefined: the row is gone, and so is the lease.
 */
export async function beatLeaseholder(query: Query, id: string, now: Instant): Promise<number | undefined> {
  const [row] = await query(sql`update leaseholders set beat = beat + 1, beaten_at = ${now}
    where id = ${id} returning acked`)
  return row?.acked as number | undefined
}

/**
 * PostgreSQL only, since one who is alone tells nobody. It does not wait for the disk: an acknowledgement
 * that a crash undoes makes a wait longer, never shorter, and the next beat tells of it.
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

/** Only where it has not beaten since it was looked at: it may have come back meanwhile. */
export async function deleteSilentLeaseholder(
  query: Query,
  { id, beat }: { id: string; beat: number },
): Promise<void> {
  await query(sql`delete from leaseholders where id = ${id} and beat = ${beat}`)
}

export async function allLeaseholders(query: Query): Promise<Leaseholder[]> {
  return (await query(sql`select * from leaseholders order by registered_at, id`)).map(fromRow)
}

/** PostgreSQL only, and only after the commit: inside it, all commits of a cluster would queue up. */
export async function sendHint(query: Query, payload: string): Promise<void> {
  await query(sql`select pg_notify('sigil_hint', ${payload})`)
}

/**
 * PostgreSQL only, and in a statement after the one that acknowledged: of two who do so at once, at least the
 * one that looks later sees both. If each told of itself, n nodes would wake n listeners n times.
 */
export async function sendHintOfLast(query: Query, seq: number): Promise<void> {
  await query(sql`select pg_notify('sigil_hint', ${`ack ${seq}`})
    where not exists (select 1 from leaseholders where acked < ${seq})`)
}

export type Timeline = { readonly timeline: string; readonly notBefore: Instant }

/** The first server to start names the timeline; the others read the name. */
export async function nameTimeline(query: Query, fresh: string): Promise<void> {
  await query(sql`update timelines set timeline = ${fresh} where id = 1 and timeline = ''`)
}

export async function setTimeline(query: Query, { timeline, notBefore }: Timeline): Promise<void> {
  await query(sql`update timelines set timeline = ${timeline}, not_before = ${notBefore} where id = 1`)
}

export async function timelineOf(query: Query): Promise<Timeline> {
  const [row] = await query(sql`select timeline, not_before from timelines where id = 1`)
  if (!row) throw new Error('The database has no timeline')
  return { timeline: row.timeline as string, notBefore: row.not_before as Instant }
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
