import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** Moves the next backup to `until`. True for one node at most, and only where a backup is due. */
export async function claimBackup(query: Query, now: Instant, until: Instant): Promise<boolean> {
  const claimed = await query(sql`insert into scheduled_backups (id, due_at) values (1, ${until})
    on conflict (id) do update set due_at = ${until} where scheduled_backups.due_at <= ${now}
    returning id`)
  return claimed.length > 0
}

/** After a backup succeeded: `madeAt` is the moment that it shows. */
export async function backupSucceeded(query: Query, madeAt: Instant, dueAt: Instant): Promise<void> {
  await query(sql`update scheduled_backups set due_at = ${dueAt}, succeeded_at = ${madeAt} where id = 1`)
}

/** After a backup failed. */
export async function backupDue(query: Query, dueAt: Instant): Promise<void> {
  await query(sql`update scheduled_backups set due_at = ${dueAt} where id = 1`)
}

/** When the last scheduled backup of any node was made. */
export async function lastScheduledBackup(query: Query): Promise<Instant | undefined> {
  const [row] = await query(sql`select succeeded_at from scheduled_backups where id = 1`)
  return row === undefined || row.succeeded_at === null ? undefined : Number(row.succeeded_at)
}
