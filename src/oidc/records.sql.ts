import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/**
 * Short-lived protocol state, sealed: an authorization code, a pushed request or an interaction; and, without
 * a payload, the use of a proof.
 */
export type OidcRecord = {
  readonly id: string
  readonly payload: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
  readonly consumedAt: Instant | undefined
}

export async function putRecord(
  query: Query,
  { id, payload, expiresAt, now }: Omit<OidcRecord, 'consumedAt' | 'createdAt'> & { now: Instant },
): Promise<void> {
  await query(sql`insert into oidc_records (id, payload, created_at, expires_at)
    values (${id}, ${payload}, ${now}, ${expiresAt})
    on conflict (id) do update set payload = excluded.payload, expires_at = excluded.expires_at`)
}

/** This statement decides the race: of twenty parallel callers exactly one uses a proof. */
export async function putOnce(
  query: Query,
  { id, now, expiresAt }: { id: string; now: Instant; expiresAt: Instant },
): Promise<boolean> {
  const rows = await query(sql`insert into oidc_records (id, payload, created_at, expires_at)
    values (${id}, '', ${now}, ${expiresAt}) on conflict (id) do nothing returning id`)
  return rows.length === 1
}

export async function recordById(query: Query, id: string, now: Instant): Promise<OidcRecord | undefined> {
  const [row] = await query(sql`select * from oidc_records where id = ${id} and expires_at > ${now}`)
  return row && fromRow(row)
}

/** This statement decides the race: of twenty parallel callers exactly one uses up a record. */
export async function consumeRecord(query: Query, id: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`update oidc_records set consumed_at = ${now}
    where id = ${id} and consumed_at is null and expires_at > ${now} returning id`)
  return rows.length === 1
}

export async function deleteRecord(query: Query, id: string): Promise<void> {
  await query(sql`delete from oidc_records where id = ${id}`)
}

export async function deleteExpiredRecords(query: Query, now: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from oidc_records where id in
    (select id from oidc_records where expires_at <= ${now} order by expires_at limit ${max}) returning id`)
  return rows.length
}

function fromRow(row: Row): OidcRecord {
  return {
    id: row.id as string,
    payload: row.payload as string,
    createdAt: row.created_at as Instant,
    expiresAt: row.expires_at as Instant,
    consumedAt: (row.consumed_at as Instant | null) ?? undefined,
  }
}
