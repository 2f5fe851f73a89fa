import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export type TotpSecret = {
  readonly userId: string
  readonly sealed: string
  /** The user's name for the authenticator app. */
  readonly name: string
  /** The session or the attempt that began the enrolment. Only it may see the secret and confirm it. */
  readonly boundTo: string
  readonly createdAt: Instant
  readonly confirmedAt: Instant | undefined
}

/** Replaces an unconfirmed secret. Returns false if there is a confirmed one. */
export async function putPendingSecret(
  query: Query,
  secret: Omit<TotpSecret, 'confirmedAt'>,
): Promise<boolean> {
  const { userId, sealed, name, boundTo, createdAt } = secret
  const rows = await query(sql`insert into totp_secrets (user_id, sealed, name, bound_to, created_at)
    values (${userId}, ${sealed}, ${name}, ${boundTo}, ${createdAt})
    on conflict (user_id) do update set sealed = excluded.sealed, name = excluded.name,
      bound_to = excluded.bound_to, created_at = excluded.created_at, last_step = 0
    where totp_secrets.confirmed_at is null
    returning user_id`)
  return rows.length === 1
}

export async function totpSecretOf(query: Query, userId: string): Promise<TotpSecret | undefined> {
  const [row] = await query(sql`select * from totp_secrets where user_id = ${userId}`)
  return row && fromRow(row)
}

/** Turns on the secret that was checked, which uses up its code. */
export async function confirmSecret(
  query: Query,
  { userId, sealed, step, now }: { userId: string; sealed: string; step: number; now: Instant },
): Promise<boolean> {
  const rows = await query(sql`update totp_secrets set confirmed_at = ${now}, last_step = ${step}
    where user_id = ${userId} and sealed = ${sealed} and confirmed_at is null returning user_id`)
  return rows.length === 1
}

/**
 * RFC 6238 section 5.2: a code is accepted once. Of twenty parallel callers exactly one uses the time step.
 */
export async function takeStep(
  query: Query,
  { userId, sealed, step }: { userId: string; sealed: string; step: number },
): Promise<boolean> {
  const rows = await query(sql`update totp_secrets set last_step = ${step}
    where user_id = ${userId} and sealed = ${sealed} and confirmed_at is not null and last_step < ${step}
    returning user_id`)
  return rows.length === 1
}

export async function deleteSecret(query: Query, userId: string): Promise<boolean> {
  const rows = await query(sql`delete from totp_secrets
    where user_id = ${userId} and confirmed_at is not null returning user_id`)
  return rows.length === 1
}

export async function deletePendingSecrets(query: Query, before: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from totp_secrets where confirmed_at is null and user_id in
    (select user_id from totp_secrets where confirmed_at is null and created_at < ${before} limit ${max})
    returning user_id`)
  return rows.length
}

function fromRow(row: Row): TotpSecret {
  return {
    userId: row.user_id as string,
    sealed: row.sealed as string,
    name: row.name as string,
    boundTo: row.bound_to as string,
    createdAt: row.created_at as Instant,
    confirmedAt: (row.confirmed_at as Instant | null) ?? undefined,
  }
}
