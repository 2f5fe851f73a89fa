import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Who may accept tokens from memory, and until when: nodes as rows, resource servers by their key. */
export const migration: Migration = {
  id: '0005-holders',
  statements: [
    sql`create table holders (
      id text primary key,
      name text not null,
      acked bigint not null,
      beat bigint not null,
      lease_ms bigint not null,
      registered_at bigint not null
    )`,
    sql`create table verifiers (
      id text primary key,
      name text not null unique,
      key_hash text not null unique,
      created_at bigint not null
    )`,
    sql`create table timelines (
      id bigint primary key check (id = 1),
      timeline text not null,
      floor bigint not null
    )`,
    sql`insert into timelines (id, timeline, floor) values (1, '', 0)`,
  ],
}
