import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A resource server that verifies tokens locally and polls us for revocations. */
export type Verifier = {
  readonly id: string
  readonly name: string
  readonly createdAt: Instant
  /** The API whose tokens it may introspect; undefined for Sigil's own. */
  readonly audience: string | undefined
}

type NewVerifier = {
  readonly id: string
  readonly name: string
  readonly apiId: string | undefined
  readonly keyHash: string
  readonly now: Instant
}

/** Returns false if the name is in use. */
export async function insertVerifier(
  query: Query,
  { id, name, apiId, keyHash, now }: NewVerifier,
): Promise<boolean> {
  const rows = await query(sql`insert into verifiers (id, name, api_id, key_hash, created_at)
    values (${id}, ${name}, ${apiId ?? null}, ${keyHash}, ${now}) on conflict do nothing returning id`)
  return rows.length === 1
}

export async function verifierByKey(query: Query, keyHash: string): Promise<Verifier | undefined> {
  const [row] = await query(sql`select verifiers.id, verifiers.name, verifiers.created_at, audience
    from verifiers left join apis on apis.id = verifiers.api_id where key_hash = ${keyHash}`)
  return row && fromRow(row)
}

export async function allVerifiers(query: Query): Promise<Verifier[]> {
  const rows = await query(sql`select verifiers.id, verifiers.name, verifiers.created_at, audience
    from verifiers left join apis on apis.id = verifiers.api_id order by verifiers.name`)
  return rows.map(fromRow)
}

/** The verifiers of one API, by name; without an API those of Sigil's own tokens. */
export async function verifiersOf(query: Query, apiId: string | undefined): Promise<Verifier[]> {
  const rows = await query(sql`select verifiers.id, verifiers.name, verifiers.created_at, audience
    from verifiers left join apis on apis.id = verifiers.api_id
    where coalesce(verifiers.api_id, '') = ${apiId ?? ''} order by verifiers.name`)
  return rows.map(fromRow)
}

export async function verifierByName(query: Query, name: string): Promise<Verifier | undefined> {
  const [row] = await query(sql`select verifiers.id, verifiers.name, verifiers.created_at, audience
    from verifiers left join apis on apis.id = verifiers.api_id where verifiers.name = ${name}`)
  return row && fromRow(row)
}

export async function deleteVerifier(query: Query, name: string): Promise<boolean> {
  return (await query(sql`delete from verifiers where name = ${name} returning id`)).length === 1
}

function fromRow(row: Row): Verifier {
  return {
    id: row.id as string,
    name: row.name as string,
    createdAt: row.created_at as Instant,
    audience: (row.audience as string | null) ?? undefined,
  }
}
