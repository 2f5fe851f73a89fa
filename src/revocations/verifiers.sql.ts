import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A resource server that verifies tokens locally and polls for revocations. */
export type Verifier = {
  readonly id: string
  readonly name: string
  readonly createdAt: Instant
  /** The API whose tokens it may introspect; undefined for Sigil's own. */
  readonly audience: string | undefined
  /** When its newest key stops working; undefined for never. */
  readonly expiresAt: Instant | undefined
}

type NewVerifier = {
  readonly id: string
  readonly name: string
  readonly apiId: string | undefined
  readonly keyHash: string
  readonly now: Instant
  readonly expiresAt: Instant | undefined
}

/** Returns false if the name is in use. */
export async function insertVerifier(
  query: Query,
  { id, name, apiId, keyHash, now, expiresAt }: NewVerifier,
): Promise<boolean> {
  const rows = await query(sql`insert into verifiers (id, name, api_id, key_hash, created_at, expires_at)
    values (${id}, ${name}, ${apiId ?? null}, ${keyHash}, ${now}, ${expiresAt ?? null})
    on conflict do nothing returning id`)
  return rows.length === 1
}

type VerifierRotation = {
  readonly name: string
  readonly keyHash: string
  /** How long the old key keeps working. */
  readonly previousUntil: Instant
  readonly expiresAt: Instant | undefined
}

/** Rotates the key of a verifier; the old one keeps working, at most until its own expiry. */
export async function rotateVerifierKey(query: Query, rotation: VerifierRotation): Promise<boolean> {
  const { name, keyHash, previousUntil, expiresAt } = rotation
  const rows = await query(sql`update verifiers set previous_hash = key_hash,
      previous_until = case when expires_at < ${previousUntil} then expires_at else ${previousUntil} end,
      key_hash = ${keyHash}, expires_at = ${expiresAt ?? null}
    where name = ${name} returning id`)
  return rows.length === 1
}

/** The verifier that a key belongs to, and the expiry of the key. */
export async function verifierByKey(
  query: Query,
  keyHash: string,
  now: Instant,
): Promise<{ verifier: Verifier; until: Instant | undefined } | undefined> {
  const [row] = await query(sql`select verifiers.id, verifiers.name, verifiers.created_at,
      verifiers.expires_at, audience,
      case when key_hash = ${keyHash} then verifiers.expires_at else verifiers.previous_until end as until
    from verifiers left join apis on apis.id = verifiers.api_id
    where (key_hash = ${keyHash} and (verifiers.expires_at is null or verifiers.expires_at > ${now}))
      or (previous_hash = ${keyHash} and verifiers.previous_until > ${now})`)
  return row && { verifier: fromRow(row), until: (row.until as Instant | null) ?? undefined }
}

export async function allVerifiers(query: Query): Promise<Verifier[]> {
  const rows = await query(sql`select verifiers.id, verifiers.name, verifiers.created_at,
      verifiers.expires_at, audience
    from verifiers left join apis on apis.id = verifiers.api_id order by verifiers.name`)
  return rows.map(fromRow)
}

/** The verifiers of one API, by name; without an API the verifiers of Sigil's own tokens. */
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
    expiresAt: (row.expires_at as Instant | null) ?? undefined,
  }
}
