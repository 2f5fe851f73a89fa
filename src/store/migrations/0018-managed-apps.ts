import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Apps and APIs that a file describes, since when: only the file changes them. */
export const migration: Migration = {
  id: '0018-managed-apps',
  statements: [
    sql`alter table apps add column managed_at bigint`,
    sql`alter table apis add column managed_at bigint`,
  ],
}
