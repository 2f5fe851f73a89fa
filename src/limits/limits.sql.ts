import { costOf, maxCredible, type Policy } from '#src/limits/limit.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

type Attempt = { readonly policy: Policy; readonly bucket: string; readonly now: Instant }

/**
 * Takes one attempt from a bucket. This statement decides the race between any number of concurrent calls and
 * nodes. Returns when the bucket is full again, or undefined if none was left.
 */
export async function take(query: Query, { policy, bucket, now }: Attempt): Promise<Instant | undefined> {
  const cost = costOf(policy)
  const last = now + policy.windowMs
  const latest = maxCredible(policy, now)
  const [row] = await query(sql`insert into limits (bucket, full_at) values (${bucket}, ${now + cost})
    on conflict (bucket) do update set full_at = ${cost} +
      case when limits.full_at > ${now} and limits.full_at <= ${latest} then limits.full_at else ${now} end
    where limits.full_at + ${cost} <= ${last} or limits.full_at > ${latest} returning full_at`)
  return row && (row.full_at as Instant)
}

export async function putBack(query: Query, { policy, bucket }: Omit<Attempt, 'now'>): Promise<void> {
  await query(sql`update limits set full_at = full_at - ${costOf(policy)} where bucket = ${bucket}`)
}

export async function fullAtOf(query: Query, bucket: string): Promise<Instant | undefined> {
  const [row] = await query(sql`select full_at from limits where bucket = ${bucket}`)
  return row && (row.full_at as Instant)
}

/** Deletes a batch of full buckets, which are equivalent to no bucket. */
export async function deleteFull(query: Query, now: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from limits where full_at < ${now} and bucket in
    (select bucket from limits where full_at < ${now} limit ${max}) returning bucket`)
  return rows.length
}
