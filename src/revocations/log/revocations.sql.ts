import type { Instant } from '#src/platform/clock.ts'
import type { LogRead, Revocation } from '#src/revocations/log/revocation.ts'
import type { Query, Row } from '#src/store/db.ts'
import { rowsOf, sql } from '#src/store/sql.ts'

/**
 * Reserves `count` entries and returns the new head, and up to when tokens may be dated. The row lock holds
 * until the commit, so entries are numbered in commit order and that moment stays as it is. `areWaiting`: an
 * entry that was committed before this statement has no place yet.
 */
export async function takePlaces(
  query: Query,
  count: number,
): Promise<{ head: number; mintedUntil: Instant; areWaiting: boolean }> {
  const [row] = await query(sql`update revocation_head set head = head + ${count} where id = 1
    returning head, minted_until, (select seq from revocations where seq < 0 limit 1) as waiting`)
  const areWaiting = row?.waiting !== null
  return { head: row?.head as number, mintedUntil: row?.minted_until as Instant, areWaiting }
}

/**
 * Writes reserved entries, each counted back from the head, so that they can be sent before the head is
 * known. They are kept for `lifetimeMs` from now, or from the latest possible date of a token.
 */
export async function insertRevocations(
  query: Query,
  { entries, now, lifetimeMs }: { entries: readonly Counted[]; now: Instant; lifetimeMs: number },
): Promise<void> {
  const list = entries.map(({ fromHead, id }) => ({ from_head: fromHead, id }))
  await query(sql`insert into revocations (seq, id, expires_at)
    select head - from_head, revoked.id,
      case when minted_until > ${now} then minted_until + ${lifetimeMs} else ${now + lifetimeMs} end
    from ${rowsOf('from_head bigint, id text', list)} as revoked, revocation_head
    where revocation_head.id = 1`)
}

type Counted = { readonly fromHead: number; readonly id: string }

/**
 * Writes entries that have no place in the log yet: their `seq` is negative. It takes no lock, so no other
 * revocation waits for its commit. Readers of the log do not see them before they are placed.
 */
export async function insertWaiting(query: Query, entries: readonly Revocation[]): Promise<void> {
  const list = entries.map(({ seq, id, expiresAt }) => ({ seq, id, expires_at: expiresAt }))
  await query(sql`insert into revocations (seq, id, expires_at) select seq, id, expires_at
    from ${rowsOf('seq bigint, id text, expires_at bigint', list)} as waiting`)
}

/** Committed entries that have no place yet. */
export async function waitingRevocations(query: Query, max: number): Promise<Revocation[]> {
  const rows = await query(sql`select seq, id, expires_at from revocations
    where seq < 0 order by seq limit ${max}`)
  return rows.map(fromRow)
}

/** Assigns reserved places to waiting entries. */
export async function placeRevocations(
  query: Query,
  entries: readonly { readonly waitingSeq: number; readonly placed: Revocation }[],
): Promise<void> {
  const list = entries.map(({ waitingSeq, placed }) => ({
    ...{ waiting_seq: waitingSeq, seq: placed.seq, expires_at: placed.expiresAt },
  }))
  await query(sql`update revocations set seq = placed.seq, expires_at = placed.expires_at
    from ${rowsOf('waiting_seq bigint, seq bigint, expires_at bigint', list)} as placed
    where revocations.seq = placed.waiting_seq`)
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
