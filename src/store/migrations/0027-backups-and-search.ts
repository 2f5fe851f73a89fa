import type { Migration } from '#src/store/migrate.ts'
import { perDialect, sql } from '#src/store/sql.ts'

/**
 * Scheduled backups: when the next is due, and when the last one succeeded, in one row at most.
 *
 * Searches by the beginning of an email or a name: their indexes have the order of bytes, which SQLite has
 * anyway, and PostgreSQL under the same name from here on.
 */
export const migration: Migration = {
  id: '0027-backups-and-search',
  statements: [
    sql`create table scheduled_backups (
      id bigint primary key check (id = 1),
      due_at bigint not null,
      succeeded_at bigint
    )`,
    perDialect({
      sqlite: sql`select 1`,
      postgres: sql`create collation if not exists "binary" from "C"`,
    }),
    sql`create index users_by_email_beginning on users (email collate "binary")`,
    sql`create index users_by_username_beginning on users (username_key collate "binary")`,
    sql`create index users_by_name_beginning on users (full_name_key collate "binary")`,
  ],
}
