import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** `audit_head` orders the events by commit. No foreign keys: an event outlives whom it tells of. */
export const migration: Migration = {
  id: '0008-audit',
  statements: [
    sql`create table audit_head (
      id bigint primary key check (id = 1),
      seq bigint not null,
      hash text not null,
      key_id text not null,
      mac text not null
    )`,
    sql`insert into audit_head (id, seq, hash, key_id, mac) values (1, 0, '', '', '')`,
    sql`create table audit_events (
      seq bigint primary key,
      at bigint not null,
      event text not null,
      actor_kind text not null,
      actor_id text,
      target_kind text not null,
      target_id text,
      address text,
      request_id text,
      details text not null,
      key_id text not null,
      previous_hash text not null,
      hash text not null
    )`,
  ],
}
