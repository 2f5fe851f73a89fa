import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Links that create the first administrator. */
export const migration: Migration = {
  id: '0014-setup-links',
  statements: [
    sql`create table setup_links (
      token_hash text primary key,
      created_at bigint not null,
      expires_at bigint not null,
      used_at bigint
    )`,
  ],
}
