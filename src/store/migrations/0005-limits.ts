import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** One row per rate-limited address, login or browser. The bucket name is a keyed hash of it. */
export const migration: Migration = {
  id: '0005-limits',
  statements: [
    sql`create table limits (
      bucket text primary key,
      full_at bigint not null
    )`,
    sql`create index limits_by_time on limits (full_at)`,
  ],
}
