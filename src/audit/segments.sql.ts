import type { Head, Segment } from '#src/audit/chain.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { rowsOf, sql } from '#src/store/sql.ts'

export type Lease = { readonly owner: string; readonly until: Instant }

/** Whether there is anything to seal, and which sealer has the lease. One read, which takes no lock. */
export async function sealerState(query: Query): Promise<{ hasUnsealed: boolean; lease: Lease }> {
  const [row] = await query(sql`select owner, until,
      (select id from audit_events where seq is null limit 1) as unsealed
    from audit_sealer where id = 1`)
  return {
    hasUnsealed: row?.unsealed != null,
    lease: { owner: (row?.owner as string) ?? '', until: (row?.until as Instant) ?? 0 },
  }
}

/** Takes or renews the lease; false where another sealer has it. The row stays locked until the commit. */
export async function takeLease(
  query: Query,
  { owner, until, now }: Lease & { now: Instant },
): Promise<boolean> {
  const rows = await query(sql`update audit_sealer set owner = ${owner}, until = ${until}
    where id = 1 and (owner = ${owner} or until <= ${now}) returning id`)
  return rows.length === 1
}

export async function leaveLease(query: Query, owner: string): Promise<void> {
  await query(sql`update audit_sealer set until = 0 where id = 1 and owner = ${owner}`)
}

export async function markSealed(
  query: Query,
  { segment, places }: { segment: number; places: readonly { id: string; seq: number; hash: string }[] },
): Promise<void> {
  await query(sql`update audit_events set seq = sealed.seq, segment = ${segment}, hash = sealed.hash
    from ${rowsOf('id text, seq bigint, hash text', places)} as sealed
    where audit_events.id = sealed.id and coalesce(audit_events.seq, 0) = 0`)
}

export async function insertSegment(query: Query, segment: Segment): Promise<void> {
  await query(sql`insert into audit_segments
      (seq, first_event, last_event, previous_hash, hash, sealed_at, key_id, mac)
    values (${segment.seq}, ${segment.firstEvent}, ${segment.lastEvent}, ${segment.previousHash},
      ${segment.hash}, ${segment.sealedAt}, ${segment.keyId}, ${segment.mac})`)
}

export async function segmentsAfter(query: Query, seq: number, max: number): Promise<Segment[]> {
  const rows = await query(sql`select * from audit_segments where seq > ${seq} order by seq limit ${max}`)
  return rows.map(segmentFromRow)
}

/** The highest numbers ever used, for when the head cannot be trusted. */
export async function highestPlace(query: Query): Promise<{ seq: number; segment: number }> {
  const [row] = await query(sql`select coalesce((select max(seq) from audit_events), 0) as seq,
    coalesce((select max(seq) from audit_segments), 0) as segment`)
  return { seq: row?.seq as number, segment: row?.segment as number }
}

export async function headOf(query: Query): Promise<Head | undefined> {
  const [row] = await query(sql`select * from audit_head where id = 1`)
  return row && headFromRow(row)
}

/** The same, with the row locked until the commit. Required before a write. */
export async function lockHead(query: Query): Promise<Head | undefined> {
  const [row] = await query(sql`update audit_head set seq = seq where id = 1 returning *`)
  return row && headFromRow(row)
}

export async function deleteSegmentsThrough(query: Query, seq: number): Promise<void> {
  await query(sql`delete from audit_segments where seq <= ${seq}`)
}

export async function writeHead(
  query: Query,
  { seq, segment, hash, floor, keyId, mac }: Head,
): Promise<void> {
  await query(sql`insert into audit_head
      (id, segment, seq, hash, floor_segment, floor_seq, floor_hash, key_id, mac)
    values (1, ${segment}, ${seq}, ${hash}, ${floor.segment}, ${floor.seq}, ${floor.hash}, ${keyId}, ${mac})
    on conflict (id) do update set segment = excluded.segment, seq = excluded.seq, hash = excluded.hash,
      floor_segment = excluded.floor_segment, floor_seq = excluded.floor_seq,
      floor_hash = excluded.floor_hash, key_id = excluded.key_id, mac = excluded.mac`)
}

function headFromRow(row: Row): Head {
  return {
    seq: row.seq as number,
    segment: row.segment as number,
    hash: row.hash as string,
    floor: {
      seq: row.floor_seq as number,
      segment: row.floor_segment as number,
      hash: row.floor_hash as string,
    },
    keyId: row.key_id as string,
    mac: row.mac as string,
  }
}

function segmentFromRow(row: Row): Segment {
  return {
    seq: row.seq as number,
    firstEvent: row.first_event as number,
    lastEvent: row.last_event as number,
    previousHash: row.previous_hash as string,
    hash: row.hash as string,
    sealedAt: row.sealed_at as Instant,
    keyId: row.key_id as string,
    mac: row.mac as string,
  }
}
