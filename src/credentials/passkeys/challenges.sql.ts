import type { ChallengePurpose } from '#src/credentials/passkeys/passkey.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** The hash of a challenge, its purpose, and the browser, attempt or session that it is bound to. */
type Challenge = {
  readonly hash: string
  readonly purpose: ChallengePurpose
  readonly boundTo: string
}

export async function insertChallenge(
  query: Query,
  { hash, purpose, boundTo, expiresAt }: Challenge & { expiresAt: Instant },
): Promise<void> {
  await query(sql`insert into webauthn_challenges (challenge_hash, purpose, bound_to, expires_at)
    values (${hash}, ${purpose}, ${boundTo}, ${expiresAt})`)
}

/** This statement decides the race: of twenty parallel callers exactly one uses a challenge. */
export async function takeChallenge(
  query: Query,
  { hash, purpose, boundTo, now }: Challenge & { now: Instant },
): Promise<boolean> {
  const rows = await query(sql`delete from webauthn_challenges where challenge_hash = ${hash}
    and purpose = ${purpose} and bound_to = ${boundTo} and expires_at > ${now} returning challenge_hash`)
  return rows.length === 1
}

export async function deleteExpiredChallenges(query: Query, now: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from webauthn_challenges where challenge_hash in
    (select challenge_hash from webauthn_challenges where expires_at <= ${now} limit ${max})
    returning challenge_hash`)
  return rows.length
}
