import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * The revocation log, and the nodes and verifiers that read it. An entry has no foreign keys, because it
 * outlives what it revokes. `revocation_head` orders the entries by commit. Tokens may be dated up to
 * `minted_until`; those that expired by `dropped_until` may have lost the entry that revoked them.
 */
export const migration: Migration = {
  id: '0003-revocations',
  statements: [
    sql`create table revocation_head (
      id bigint primary key check (id = 1),
      head bigint not null,
      minted_until bigint not null default 0,
      dropped_until bigint not null default 0
    )`,
    sql`insert into revocation_head (id, head) values (1, 0)`,
    sql`create table revocations (
      seq bigint primary key,
      id text not null,
      expires_at bigint not null
    )`,
    sql`create index revocations_by_id on revocations (id)`,
    sql`create index revocations_by_expiry on revocations (expires_at)`,
    sql`create table timelines (
      id bigint primary key check (id = 1),
      timeline text not null,
      not_before bigint not null
    )`,
    sql`insert into timelines (id, timeline, not_before) values (1, '', 0)`,
    // beaten_at, by the clock of the node, is only shown to operators.
    sql`create table leaseholders (
      id text primary key,
      name text not null,
      acked bigint not null,
      beat bigint not null,
      lease_ms bigint not null,
      registered_at bigint not null,
      beaten_at bigint not null default 0
    )`,
    sql`create table verifiers (
      id text primary key,
      name text not null unique,
      key_hash text not null unique,
      created_at bigint not null
    )`,
  ],
}
