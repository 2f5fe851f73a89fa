import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Since when a user wants to be asked for a passkey, or for a code by mail, after the first factor. */
export const migration: Migration = {
  id: '0021-chosen-second-factors',
  statements: [
    sql`alter table users add column passkey_factor_at bigint`,
    sql`alter table users add column email_factor_at bigint`,
  ],
}
