import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** When a holder last renewed, by its own clock: for operators who look. Nothing is decided by it. */
export const migration: Migration = {
  id: '0009-beats',
  statements: [sql`alter table holders add column beaten_at bigint not null default 0`],
}
