import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * Every transaction that adds keys updates the row of `key_ring` first, so that they run one after the other.
 */
export const migration: Migration = {
  id: '0004-keys',
  statements: [
    sql`create table key_ring (
      id bigint primary key check (id = 1),
      version bigint not null
    )`,
    sql`insert into key_ring (id, version) values (1, 0)`,
    sql`create table keys (
      id text primary key,
      purpose text not null check (purpose in ('sign', 'id_token', 'mac')),
      sealed text not null,
      public_jwk text,
      created_at bigint not null,
      used_from bigint not null,
      retired_at bigint,
      revoked_at bigint
    )`,
  ],
}
