import type { Instant } from '#src/platform/clock.ts'
import type { SignIn, SignInOutcome } from '#src/sessions/history.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { FactorKind } from '#src/users/factor.ts'

export async function insertSignIn(query: Query, signIn: SignIn): Promise<void> {
  const { address, userAgent } = signIn.client
  await query(sql`insert into sign_ins (id, user_id, session_id, at, outcome, method, attempts, address,
      user_agent)
    values (${signIn.id}, ${signIn.userId ?? null}, ${signIn.sessionId ?? null}, ${signIn.at},
      ${signIn.outcome}, ${signIn.method}, ${signIn.attempts}, ${address}, ${userAgent})`)
}

/** Adds to the number of attempts that a line stands for. */
export async function addAttempts(query: Query, id: string, more: number): Promise<void> {
  await query(sql`update sign_ins set attempts = attempts + ${more} where id = ${id}`)
}

/** Newest first, those before the place that a cursor names. */
export async function signInsOf(
  query: Query,
  page: { userId: string; before: Instant; beforeId: string; max: number },
): Promise<SignIn[]> {
  const { userId, before, beforeId, max } = page
  const rows = await query(sql`select * from sign_ins
    where user_id = ${userId} and (at, id) < (${before}, ${beforeId})
    order by at desc, id desc limit ${max}`)
  return rows.map(fromRow)
}

/** Deletes a batch of the history of a deleted user. */
export async function deleteSignInsOf(query: Query, userId: string, max: number): Promise<number> {
  const rows = await query(sql`delete from sign_ins where id in
    (select id from sign_ins where user_id = ${userId} limit ${max}) returning id`)
  return rows.length
}

export async function deleteOldSignIns(query: Query, before: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from sign_ins where id in
    (select id from sign_ins where at < ${before} limit ${max}) returning id`)
  return rows.length
}

export async function deleteOldSignInsOfNobody(query: Query, before: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from sign_ins where id in
    (select id from sign_ins where user_id is null and at < ${before} limit ${max}) returning id`)
  return rows.length
}

function fromRow(row: Row): SignIn {
  return {
    id: row.id as string,
    userId: (row.user_id as string | null) ?? undefined,
    sessionId: (row.session_id as string | null) ?? undefined,
    at: row.at as Instant,
    outcome: row.outcome as SignInOutcome,
    method: row.method as FactorKind,
    attempts: row.attempts as number,
    client: { address: row.address as string, userAgent: row.user_agent as string },
  }
}
