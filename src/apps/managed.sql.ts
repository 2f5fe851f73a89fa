import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** Marks an app as one that the file describes. */
export async function markAppManaged(query: Query, clientId: string, now: Instant): Promise<void> {
  await query(sql`update apps set managed_at = ${now} where client_id = ${clientId} and managed_at is null`)
}

/** Marks an API as one that the file describes. */
export async function markApiManaged(query: Query, name: string, now: Instant): Promise<void> {
  await query(sql`update apis set managed_at = ${now} where name = ${name} and managed_at is null`)
}

export async function managedAppIds(query: Query): Promise<string[]> {
  const rows = await query(sql`select client_id from apps where managed_at is not null order by client_id`)
  return rows.map((row) => row.client_id as string)
}

export async function managedApiNames(query: Query): Promise<string[]> {
  const rows = await query(sql`select name from apis where managed_at is not null order by name`)
  return rows.map((row) => row.name as string)
}

/** Whether an app of this id was removed so recently that tokens with its id are still revoked. */
export async function isRecentlyRemoved(query: Query, clientId: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`select 1 as found from revocations
    where id = ${clientId} and expires_at > ${now} limit 1`)
  return rows.length > 0
}
