import type { Instant } from '#src/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A key as it is stored: sealed under the master key. */
export type SealedKey = {
  readonly id: string
  readonly purpose: 'sign' | 'mac'
  readonly sealed: string
  readonly publicJwk: string | undefined
  readonly createdAt: Instant
  readonly usedFrom: Instant
  readonly retiredAt: Instant | undefined
  readonly revokedAt: Instant | undefined
}

/** Takes the row that owns the ring, so that of twenty starting servers one makes the first keys. */
export async function claimRing(query: Query): Promise<void> {
  await query(sql`update key_ring set version = version + 1 where id = 1`)
}

/** Writes the row as it is. */
export async function touchRing(query: Query): Promise<boolean> {
  const rows = await query(sql`update key_ring set version = version where id = 1 returning id`)
  return rows.length === 1
}

export async function ringVersion(query: Query): Promise<number> {
  const [row] = await query(sql`select version from key_ring where id = 1`)
  return row?.version as number
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

function fromRow(row: Row): SealedKey {
  return {
    id: row.id as string,
    purpose: row.purpose as 'sign' | 'mac',
    sealed: row.sealed as string,
    publicJwk: (row.public_jwk as string | null) ?? undefined,
    createdAt: row.created_at as Instant,
    usedFrom: row.used_from as Instant,
    retiredAt: (row.retired_at as Instant | null) ?? undefined,
    revokedAt: (row.revoked_at as Instant | null) ?? undefined,
  }
}
