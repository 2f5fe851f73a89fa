import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A span of time, without its end. */
export type Span = { readonly from: Instant; readonly until: Instant }

export type SignInCounts = {
  readonly signedIn: number
  readonly wrongCredentials: number
  readonly wrongCode: number
  readonly limited: number
  readonly disabled: number
  readonly abandoned: number
  /** Different users who signed in. */
  readonly activeUsers: number
}

/**
 * Counts in one pass over a part of the index. One statement per span: a `group by` on the span would sort
 * the rows of all spans.
 */
export async function countSignIns(query: Query, { from, until }: Span): Promise<SignInCounts> {
  const [row = {}] = await query(sql`select
      sum(case when outcome = 'signed_in' then attempts else 0 end) as signed_in,
      sum(case when outcome = 'wrong_credentials' then attempts else 0 end) as wrong_credentials,
      sum(case when outcome = 'wrong_code' then attempts else 0 end) as wrong_code,
      sum(case when outcome = 'limited' then attempts else 0 end) as limited,
      sum(case when outcome = 'disabled' then attempts else 0 end) as disabled,
      sum(case when outcome = 'abandoned' then attempts else 0 end) as abandoned,
      count(distinct case when outcome = 'signed_in' then user_id end) as active_users
    from sign_ins where at >= ${from} and at < ${until}`)
  return {
    signedIn: Number(row.signed_in),
    wrongCredentials: Number(row.wrong_credentials),
    wrongCode: Number(row.wrong_code),
    limited: Number(row.limited),
    disabled: Number(row.disabled),
    abandoned: Number(row.abandoned),
    activeUsers: Number(row.active_users),
  }
}

export async function countSignUps(query: Query, { from, until }: Span): Promise<number> {
  const [row] = await query(
    sql`select count(*) as created from users where created_at >= ${from} and created_at < ${until}`,
  )
  return row?.created as number
}

/** Returns the time of the newest event with this name. */
export async function newestEvent(query: Query, event: string): Promise<Instant | undefined> {
  const [row] = await query(sql`select max(at) as at from audit_events where event = ${event}`)
  return (row?.at as Instant | null) ?? undefined
}

/**
 * Returns the moment up to which this many sessions, live or ended, reach the end of their lifetime;
 * undefined where there are fewer.
 */
export async function expiryAfter(
  query: Query,
  after: Instant,
  sessions: number,
): Promise<Instant | undefined> {
  const [row] = await query(sql`select last_expires_at from sessions where last_expires_at > ${after}
    order by last_expires_at limit 1 offset ${sessions}`)
  return row?.last_expires_at as Instant | undefined
}

/** Counts the live sessions whose lifetime ends after one moment, and not after another. */
export async function countLiveSessionsBetween(
  query: Query,
  { after, last, now }: { after: Instant; last: Instant; now: Instant },
): Promise<number> {
  const [row] = await query(sql`select count(*) as live from sessions
    where last_expires_at > ${after} and last_expires_at <= ${last} and ended_at is null
      and expires_at > ${now}`)
  return row?.live as number
}
