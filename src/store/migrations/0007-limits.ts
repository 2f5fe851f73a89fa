import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** One row per address, login or browser that was heard of lately. The name tells nobody which one. */
export const migration: Migration = {
  id: '0007-limits',
  statements: [
    sql`create table limits (
      bucket text primary key,
      full_at bigint not null
    )`,
    sql`create index limits_by_time on limits (full_at)`,
  ],
}
