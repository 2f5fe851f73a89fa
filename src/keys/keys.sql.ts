import type { Purpose } from '#src/keys/key.ts'
import type { SealedKey } from '#src/keys/sealed-key.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/**
 * Locks the row that owns the ring, so that concurrent changes run one after the other, and increments the
 * version, by which other nodes see that their copy is outdated.
 */
export async function claimRing(query: Query): Promise<void> {
  await query(sql`update key_ring set version = version + 1 where id = 1`)
}

/** Writes the row unchanged: to lock it, or to check whether it can be written. */
export async function touchRing(query: Query): Promise<boolean> {
  const rows = await query(sql`update key_ring set version = version where id = 1 returning id`)
  return rows.length === 1
}

export async function ringVersion(query: Query): Promise<number> {
  const [row] = await query(sql`select version from key_ring where id = 1`)
  return row?.version as number
}

/** The keys and the version of the ring, in one snapshot. */
export async function ringWithKeys(query: Query): Promise<{ version: number; keys: SealedKey[] }> {
  const rows = await query(sql`select key_ring.version, keys.* from key_ring
    left join keys on 1 = 1 where key_ring.id = 1 order by keys.created_at, keys.id`)
  const version = rows[0]?.version as number
  return { version, keys: rows.filter(({ id }) => id !== null).map(fromRow) }
}

export async function allKeys(query: Query): Promise<SealedKey[]> {
  return (await query(sql`select * from keys order by created_at, id`)).map(fromRow)
}

export async function insertKey(query: Query, key: SealedKey): Promise<void> {
  await query(sql`insert into keys
      (id, purpose, sealed, public_jwk, created_at, used_from, retired_at, revoked_at)
    values (${key.id}, ${key.purpose}, ${key.sealed}, ${key.publicJwk ?? null}, ${key.createdAt},
      ${key.usedFrom}, ${key.retiredAt ?? null}, ${key.revokedAt ?? null})`)
}

/** Retires every key of a purpose that would be in use at this moment or later. */
export async function retireKeys(
  query: Query,
  { purpose, at }: { purpose: Purpose; at: Instant },
): Promise<void> {
  await query(sql`update keys set retired_at = ${at} where purpose = ${purpose}
    and revoked_at is null and (retired_at is null or retired_at > ${at})`)
}

export async function markRevoked(query: Query, { id, now }: { id: string; now: Instant }): Promise<void> {
  await query(sql`update keys set revoked_at = ${now} where id = ${id} and revoked_at is null`)
}

export async function replaceSealed(query: Query, { id, sealed }: SealedKey): Promise<void> {
  await query(sql`update keys set sealed = ${sealed} where id = ${id}`)
}

export async function deleteKey(query: Query, id: string): Promise<void> {
  await query(sql`delete from keys where id = ${id}`)
}

function fromRow(row: Row): SealedKey {
  return {
    id: row.id as string,
    purpose: row.purpose as Purpose,
    sealed: row.sealed as string,
    publicJwk: (row.public_jwk as string | null) ?? undefined,
    createdAt: row.created_at as Instant,
    usedFrom: row.used_from as Instant,
    retiredAt: (row.retired_at as Instant | null) ?? undefined,
    revokedAt: (row.revoked_at as Instant | null) ?? undefined,
  }
}
