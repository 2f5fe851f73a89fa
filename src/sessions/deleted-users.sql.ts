import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export async function insertDeletedUser(query: Query, userId: string, now: Instant): Promise<void> {
  await query(sql`insert into deleted_users (user_id, deleted_at) values (${userId}, ${now})
    on conflict do nothing`)
}

/** The users deleted first. The condition, which is always true, makes PostgreSQL search the index. */
export async function deletedUsers(query: Query, max: number): Promise<{ userId: string; at: Instant }[]> {
  const rows = await query(sql`select user_id, deleted_at from deleted_users where deleted_at >= 0
    order by deleted_at limit ${max}`)
  return rows.map((row) => ({ userId: row.user_id as string, at: row.deleted_at as Instant }))
}

export async function forgetDeletedUser(query: Query, userId: string): Promise<void> {
  await query(sql`delete from deleted_users where user_id = ${userId}`)
}
