import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Names folded in code, for a search that knows no case in any script on either engine. */
export const migration: Migration = {
  id: '0006-full-name-keys',
  statements: [
    sql`alter table users add column full_name_key text`,
    sql`update users set full_name_key = lower(full_name)`,
  ],
}
