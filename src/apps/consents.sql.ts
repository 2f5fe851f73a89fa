import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/**
 * The scopes that a user has consented to, by audience; those about the user have the empty string as their
 * key.
 */
export type ConsentScopes = Readonly<Record<string, readonly string[]>>

type Whose = { readonly userId: string; readonly clientId: string }

export async function consentOf(query: Query, { userId, clientId }: Whose): Promise<ConsentScopes> {
  const [row] = await query(sql`select scopes from consents
    where user_id = ${userId} and client_id = ${clientId}`)
  return row ? (JSON.parse(row.scopes as string) as ConsentScopes) : {}
}

export type NewConsent = Whose & { readonly scopes: ConsentScopes; readonly now: Instant }

/** Replaces a consent. Throws `BrokenReference` if the app or the user is gone. */
export async function putConsent(query: Query, { userId, clientId, scopes, now }: NewConsent): Promise<void> {
  await query(sql`insert into consents (user_id, client_id, scopes, given_at)
    values (${userId}, ${clientId}, ${JSON.stringify(scopes)}, ${now})
    on conflict (user_id, client_id) do update set scopes = excluded.scopes, given_at = excluded.given_at`)
}

export async function deleteConsent(query: Query, { userId, clientId }: Whose): Promise<boolean> {
  const rows = await query(sql`delete from consents where user_id = ${userId} and client_id = ${clientId}
    returning client_id`)
  return rows.length === 1
}

export async function deleteConsentsOf(query: Query, userId: string): Promise<void> {
  await query(sql`delete from consents where user_id = ${userId}`)
}
