import { beyondBelief, costOf, type Policy } from '#src/limits/limit.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

type Attempt = { readonly policy: Policy; readonly bucket: string; readonly now: Instant }

/**
 * Takes one attempt out of a bucket: the one statement that decides, however many come at once and on how
 * many nodes. Gives when the bucket is full again, or nothing where none was left.
 */
export async function take(query: Query, { policy, bucket, now }: Attempt): Promise<Instant | undefined> {
  const cost = costOf(policy)
  const last = now + policy.windowMs
  const never = beyondBelief(policy, now)
  const [row] = await query(sql`insert into limits (bucket, full_at) values (${bucket}, ${now + cost})
    on conflict (bucket) do update set full_at = ${cost} +
      case when limits.full_at > ${now} and limits.full_at <= ${never} then limits.full_at else ${now} end
    where limits.full_at + ${cost} <= ${last} or limits.full_at > ${never} returning full_at`)
  return row && (row.full_at as Instant)
}

export async function putBack(query: Query, { policy, bucket }: Omit<Attempt, 'now'>): Promise<void> {
  await query(sql`update limits set full_at = full_at - ${costOf(policy)} where bucket = ${bucket}`)
}

export async function fullAtOf(query: Query, bucket: string): Promise<Instant | undefined> {
  const [row] = await query(sql`select full_at from limits where bucket = ${bucket}`)
  return row && (row.full_at as Instant)
}

/** A full bucket says nothing that no bucket would not say. A small batch at a time. */
export async function deleteFull(query: Query, now: Instant, most: number): Promise<number> {
  const rows = await query(sql`delete from limits where full_at < ${now} and bucket in
    (select bucket from limits where full_at < ${now} limit ${most}) returning bucket`)
  return rows.length
}
