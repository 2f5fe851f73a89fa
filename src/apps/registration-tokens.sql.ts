import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

type NewToken = {
  readonly hash: string
  readonly now: Instant
  readonly expiresAt: Instant
  readonly uses: number
}

export async function insertRegistrationToken(query: Query, token: NewToken): Promise<void> {
  await query(sql`insert into registration_tokens (token_hash, created_at, expires_at, uses_left)
    values (${token.hash}, ${token.now}, ${token.expiresAt}, ${token.uses})`)
}

/** This statement decides the race: no more parallel callers succeed than the token has uses left. */
export async function useRegistrationToken(query: Query, hash: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`update registration_tokens set uses_left = uses_left - 1
    where token_hash = ${hash} and uses_left > 0 and expires_at > ${now} returning token_hash`)
  return rows.length === 1
}

export async function deleteOldRegistrationTokens(query: Query, now: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from registration_tokens where token_hash in
    (select token_hash from registration_tokens where expires_at <= ${now} limit ${max})
    returning token_hash`)
  return rows.length
}
