import type { Instant } from '#src/platform/clock.ts'
import { attemptLifetimeMs, maxTries, type PendingAttempt, type Purpose } from '#src/sign-in/attempt.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { Factor } from '#src/users/factor.ts'
import { factorKindsIn } from '#src/users/factor.ts'

type NewAttempt = {
  readonly attempt: PendingAttempt
  readonly tokenHash: string
  /** For a reset: the sealed hash of the new password. */
  readonly newPassword?: string
}

export async function insertAttempt(
  query: Query,
  { attempt, tokenHash, newPassword }: NewAttempt,
): Promise<void> {
  const { client, expiresAt } = attempt
  const createdAt = expiresAt - attemptLifetimeMs
  await query(sql`insert into sign_in_attempts (id, token_hash, user_id, signature, purpose, state, proven,
      due, for_pages_at, address, user_agent, created_at, expires_at,
      new_password)
    values (${attempt.id}, ${tokenHash}, ${attempt.userId}, ${attempt.signature}, ${attempt.purpose},
      'pending', ${JSON.stringify(attempt.proven)}, ${attempt.due.join(',')},
      ${attempt.forPages ? createdAt : null},
      ${client.address}, ${client.userAgent}, ${createdAt}, ${expiresAt},
      ${newPassword ?? null})`)
}

export type Try = { readonly attempt: PendingAttempt; readonly tries: number }

/** Counts a try before anything is checked. Returns undefined if the attempt has no tries left. */
export async function takeTry(query: Query, tokenHash: string, now: Instant): Promise<Try | undefined> {
  const [row] = await query(sql`update sign_in_attempts set tries = tries + 1
    where token_hash = ${tokenHash} and state = 'pending' and expires_at > ${now} and tries < ${maxTries}
    returning *`)
  return row && { attempt: fromRow(row), tries: row.tries as number }
}

/** Returns the sealed password of a reset that waits for a second factor. */
export async function newPasswordOf(query: Query, id: string): Promise<string | undefined> {
  const [row] = await query(sql`select new_password from sign_in_attempts
    where id = ${id} and state = 'pending'`)
  return (row?.new_password as string | null | undefined) ?? undefined
}

/** Every factor of a sign-in is proven, but the password has to be replaced first. */
export async function turnIntoReset(query: Query, { id, proven }: PendingAttempt): Promise<boolean> {
  const rows = await query(sql`update sign_in_attempts set purpose = 'reset', due = '', tries = 0,
      proven = ${JSON.stringify(proven)}
    where id = ${id} and state = 'pending' and purpose = 'sign_in' returning id`)
  return rows.length === 1
}

/** Returns a pending attempt without counting a try: for showing what is due. */
export async function pendingAttempt(
  query: Query,
  tokenHash: string,
  now: Instant,
): Promise<PendingAttempt | undefined> {
  const [row] = await query(sql`select * from sign_in_attempts where token_hash = ${tokenHash}
    and state = 'pending' and expires_at > ${now} and tries < ${maxTries}`)
  return row && fromRow(row)
}

/**
 * This statement decides the race: of twenty parallel callers exactly one finishes an attempt. It is reached
 * only with a correct proof, which took its try in time: a concurrent fifth wrong one does not undo that.
 */
export async function finishAttempt(query: Query, id: string): Promise<boolean> {
  const rows = await query(sql`update sign_in_attempts set state = 'finished'
    where id = ${id} and state <> 'finished' returning id`)
  return rows.length === 1
}

export async function failAttempt(query: Query, id: string): Promise<boolean> {
  const rows = await query(sql`update sign_in_attempts set state = 'failed'
    where id = ${id} and state = 'pending' returning id`)
  return rows.length === 1
}

/** Deletes expired attempts. Returns them, so that unfinished ones can be recorded. */
export async function deleteExpiredAttempts(
  query: Query,
  now: Instant,
  max: number,
): Promise<{ deleted: number; abandoned: PendingAttempt[] }> {
  const rows = await query(sql`delete from sign_in_attempts where id in
    (select id from sign_in_attempts where expires_at <= ${now} order by expires_at limit ${max})
    returning *`)
  return { deleted: rows.length, abandoned: rows.filter(({ state }) => state === 'pending').map(fromRow) }
}

function fromRow(row: Row): PendingAttempt {
  return {
    id: row.id as string,
    userId: row.user_id as string,
    signature: row.signature as string,
    purpose: row.purpose as Purpose,
    client: { address: row.address as string, userAgent: row.user_agent as string },
    forPages: row.for_pages_at !== null,
    proven: JSON.parse(row.proven as string) as Factor[],
    expiresAt: row.expires_at as Instant,
    state: 'pending',
    due: factorKindsIn(row.due as string),
  }
}
