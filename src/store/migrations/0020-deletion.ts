import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Accounts that their owners deleted and can still restore, and when a password was chosen. */
export const migration: Migration = {
  id: '0020-deletion',
  statements: [
    sql`alter table users add column deletes_at bigint check (deletes_at is null or state = 'disabled')`,
    sql`alter table users add column password_changed_at bigint`,
    sql`create index users_by_deletion on users (deletes_at) where deletes_at is not null`,
  ],
}
