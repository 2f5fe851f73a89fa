import type { Instant } from '#src/platform/clock.ts'
import type { LogRead, Revocation } from '#src/revocations/log/revocation.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/**
 * Reserves `count` entries and returns the new head, and up to when tokens may be dated. The row lock holds
 * until the commit, so entries are numbered in commit order and that moment stays as it is.
 */
export async function takePlaces(
  query: Query,
  count: number,
): Promise<{ head: number; mintedUntil: Instant }> {
  const [row] = await query(sql`update revocation_head set head = head + ${count} where id = 1
    returning head, minted_until`)
  return { head: row?.head as number, mintedUntil: row?.minted_until as Instant }
}

/**
 * Writes a reserved entry, counted back from the head, so that it can be sent before the head is known. It is
 * kept for `lifetimeMs` from now, or from the latest possible date of a token.
 */
export async function insertRevocation(
  query: Query,
  { fromHead, id, now, lifetimeMs }: { fromHead: number; id: string; now: Instant; lifetimeMs: number },
): Promise<void> {
  await query(sql`insert into revocations (seq, id, expires_at)
    select head - ${fromHead}, ${id},
      case when minted_until > ${now} then minted_until + ${lifetimeMs} else ${now + lifetimeMs} end
    from revocation_head where id = 1`)
}

/**
 * Writes an entry that has no place in the log yet: `waitingSeq` is negative. It takes no lock, so no other
 * revocation waits for its commit. Readers of the log do not see it before it is placed.
 */
export async function insertWaiting(
  query: Query,
  { waitingSeq, id, expiresAt }: { waitingSeq: number; id: string; expiresAt: Instant },
): Promise<void> {
  await query(sql`insert into revocations (seq, id, expires_at) values (${waitingSeq}, ${id}, ${expiresAt})`)
}

/** Committed entries that have no place yet. */
export async function waitingRevocations(query: Query, max: number): Promise<Revocation[]> {
  const rows = await query(sql`select seq, id, expires_at from revocations
    where seq < 0 order by seq limit ${max}`)
  return rows.map(fromRow)
}

/** Assigns a reserved place to a waiting entry. */
export async function placeRevocation(query: Query, waitingSeq: number, placed: Revocation): Promise<void> {
  await query(sql`update revocations set seq = ${placed.seq}, expires_at = ${placed.expiresAt}
    where seq = ${waitingSeq}`)
}

/** Moves the moment up to which tokens may be dated; waits for transactions that revoke. */
export async function raiseMintedUntil(query: Query, until: Instant): Promise<void> {
  await query(
    sql`update revocation_head set minted_until = ${until} where id = 1 and minted_until < ${until}`,
  )
}

/**
 * The oldest `max` entries after `after`, with the head row and the version of the key ring from the same
 * snapshot. The head may be further than the last entry: old entries are deleted.
 */
export async function revocationsAfter(
  query: Query,
  { after, max }: { after: number; max: number },
): Promise<LogRead & { ringVersion: number }> {
  const rows =
    await query(sql`select key_ring.version, head, dropped_until, part.seq, part.id, part.expires_at
    from key_ring join revocation_head on revocation_head.id = 1
      left join (select seq, id, expires_at from revocations where seq > ${after} order by seq limit ${max})
        as part on 1 = 1
    where key_ring.id = 1 order by part.seq`)
  const ringVersion = rows[0]?.version as number
  const head = rows[0]?.head as number
  const droppedUntil = rows[0]?.dropped_until as Instant
  return { entries: rows.filter((row) => row.seq !== null).map(fromRow), head, droppedUntil, ringVersion }
}

/** The oldest `max` entries after `after`. */
export async function revocationsNext(
  query: Query,
  { after, max }: { after: number; max: number },
): Promise<Revocation[]> {
  const rows = await query(sql`select seq, id, expires_at from revocations
    where seq > ${after} order by seq limit ${max}`)
  return rows.map(fromRow)
}

export async function headOf(query: Query): Promise<number> {
  const [row] = await query(sql`select head from revocation_head where id = 1`)
  return row?.head as number
}

/** In one snapshot: a committed entry is either waiting or below the head. */
export async function headAndWaiting(query: Query): Promise<{ head: number; areWaiting: boolean }> {
  const [row] = await query(sql`select head, (select seq from revocations where seq < 0 limit 1) as waiting
    from revocation_head where id = 1`)
  return { head: row?.head as number, areWaiting: row?.waiting !== null }
}

/** Deletes a small batch, so that a backlog never holds the writer for long. Returns their ends. */
export async function deleteExpired(query: Query, now: Instant, max: number): Promise<Instant[]> {
  const rows = await query(sql`delete from revocations where seq in
    (select seq from revocations where expires_at <= ${now} order by seq limit ${max}) returning expires_at`)
  return rows.map((row) => row.expires_at as Instant)
}

/** In the same transaction as the deletion, so that no reader misses both. */
export async function raiseDroppedUntil(query: Query, until: Instant): Promise<void> {
  await query(sql`update revocation_head set dropped_until = ${until}
    where id = 1 and dropped_until < ${until}`)
}

function fromRow(row: Row): Revocation {
  return { seq: row.seq as number, id: row.id as string, expiresAt: row.expires_at as Instant }
}
