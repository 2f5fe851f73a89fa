import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** When apps and APIs became managed by a file: only the file can change them. */
export const migration: Migration = {
  id: '0018-managed-apps',
  statements: [
    sql`alter table apps add column managed_at bigint`,
    sql`alter table apis add column managed_at bigint`,
  ],
}
