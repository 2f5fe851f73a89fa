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

/** Adds to the number of attempts of a row. */
export async function addAttempts(query: Query, id: string, more: number): Promise<void> {
  await query(sql`update sign_ins set attempts = attempts + ${more} where id = ${id}`)
}

/** Newest first, beginning at the cursor. */
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

/** The same without successful ones. */
export async function failedSignInsOf(
  query: Query,
  page: { userId: string; before: Instant; beforeId: string; max: number },
): Promise<SignIn[]> {
  const { userId, before, beforeId, max } = page
  const rows = await query(sql`select * from sign_ins
    where user_id = ${userId} and (at, id) < (${before}, ${beforeId}) and outcome <> 'signed_in'
    order by at desc, id desc limit ${max}`)
  return rows.map(fromRow)
}

/** The number of failed sign-ins of a user since a moment. */
export async function failedSignInsSince(query: Query, userId: string, since: Instant): Promise<number> {
  const [row] = await query(sql`select coalesce(sum(attempts), 0) as failed from sign_ins
    where user_id = ${userId} and at > ${since} and outcome <> 'signed_in'`)
  return Number(row?.failed)
}

/**
 * Whether a user signed in before this session, and ever from the same kind of browser. The first sign-in is
 * not reported.
 */
export async function earlierSignIns(
  query: Query,
  { userId, sessionId, userAgent, at }: { userId: string; sessionId: string; userAgent: string; at: Instant },
): Promise<{ isFirst: boolean; isSeen: boolean }> {
  const [row] = await query(sql`select count(*) as signed_in,
      sum(case when user_agent = ${userAgent} then 1 else 0 end) as alike
    from (select user_agent from sign_ins where user_id = ${userId} and outcome = 'signed_in'
      and session_id <> ${sessionId} and at <= ${at} order by at desc, id desc limit 200) as earlier`)
  return { isFirst: Number(row?.signed_in) === 0, isSeen: Number(row?.alike ?? 0) > 0 }
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
