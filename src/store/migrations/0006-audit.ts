import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * `audit_head` orders the events by commit; `moved_at` is set once the instance was exported from here. An
 * event has no foreign keys, because it outlives the user it is about.
 */
export const migration: Migration = {
  id: '0006-audit',
  statements: [
    sql`create table audit_head (
      id bigint primary key check (id = 1),
      seq bigint not null,
      hash text not null,
      key_id text not null,
      mac text not null,
      moved_at bigint
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
