import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** No foreign keys: an entry outlives what it killed. `revocation_head` orders the entries by commit. */
export const migration: Migration = {
  id: '0003-revocations',
  statements: [
    sql`create table revocation_head (
      id bigint primary key check (id = 1),
      head bigint not null
    )`,
    sql`insert into revocation_head (id, head) values (1, 0)`,
    sql`create table revocations (
      seq bigint primary key,
      key text not null,
      expires_at bigint not null
    )`,
    sql`create index revocations_by_key on revocations (key)`,
    sql`create index revocations_by_expiry on revocations (expires_at)`,
  ],
}
