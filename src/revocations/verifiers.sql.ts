import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A resource server that verifies tokens locally and polls us for revocations. */
export type Verifier = { readonly id: string; readonly name: string; readonly createdAt: Instant }

/** Returns false if the name is in use. */
export async function insertVerifier(
  query: Query,
  { id, name, keyHash, now }: { id: string; name: string; keyHash: string; now: Instant },
): Promise<boolean> {
  const rows = await query(sql`insert into verifiers (id, name, key_hash, created_at)
    values (${id}, ${name}, ${keyHash}, ${now}) on conflict do nothing returning id`)
  return rows.length === 1
}

export async function verifierByKey(query: Query, keyHash: string): Promise<Verifier | undefined> {
  const [row] = await query(sql`select id, name, created_at from verifiers where key_hash = ${keyHash}`)
  return row && fromRow(row)
}

export async function allVerifiers(query: Query): Promise<Verifier[]> {
  return (await query(sql`select id, name, created_at from verifiers order by name`)).map(fromRow)
}

export async function deleteVerifier(query: Query, name: string): Promise<boolean> {
  return (await query(sql`delete from verifiers where name = ${name} returning id`)).length === 1
}

function fromRow(row: Row): Verifier {
  return { id: row.id as string, name: row.name as string, createdAt: row.created_at as Instant }
}
