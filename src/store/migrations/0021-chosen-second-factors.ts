import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** When a user chose a passkey, or a code by mail, as the second factor. */
export const migration: Migration = {
  id: '0021-chosen-second-factors',
  statements: [
    sql`alter table users add column passkey_factor_at bigint`,
    sql`alter table users add column email_factor_at bigint`,
  ],
}
