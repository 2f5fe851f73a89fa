import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** Disables a user until the moment of deletion. Returns false if there is no such active user. */
export async function scheduleDeletion(
  query: Query,
  { userId, now, deletesAt }: { userId: string; now: Instant; deletesAt: Instant },
): Promise<boolean> {
  const rows = await query(sql`update users set state = 'disabled', disabled_at = ${now},
      deletes_at = ${deletesAt}
    where id = ${userId} and state = 'active' returning id`)
  return rows.length === 1
}

/** Returns false once the time is over, and for an account that is not being deleted. */
export async function cancelDeletion(query: Query, userId: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`update users set state = 'active', disabled_at = null, deletes_at = null
    where id = ${userId} and deletes_at > ${now} returning id`)
  return rows.length === 1
}

/** The users whose time to restore the account is over. */
export async function usersToDelete(query: Query, now: Instant, max: number): Promise<string[]> {
  const rows = await query(
    sql`select id from users where deletes_at <= ${now} order by deletes_at limit ${max}`,
  )
  return rows.map(({ id }) => id as string)
}

/** This statement decides the race with a concurrent restore. */
export async function deleteDueUser(query: Query, userId: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`delete from users where id = ${userId} and deletes_at <= ${now} returning id`)
  return rows.length === 1
}
