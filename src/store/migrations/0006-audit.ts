import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * Use cases insert `audit_events`. The sealer numbers and chains them afterwards: each batch is a row of
 * `audit_segments`, and `audit_head` is signed again. `audit_sealer` is the lease of the sealer. An event has
 * no foreign keys, because it outlives its user; personal details in it are encrypted under a key in
 * `user_keys`, which is deleted with the user. `instance.moved_at` is set once the instance was exported.
 */
export const migration: Migration = {
  id: '0006-audit',
  statements: [
    sql`create table instance (
      id bigint primary key check (id = 1),
      moved_at bigint
    )`,
    sql`insert into instance (id) values (1)`,
    sql`create table audit_events (
      id text primary key,
      at bigint not null,
      event text not null,
      actor_kind text not null,
      actor_id text,
      target_kind text not null,
      target_id text,
      address text,
      request_id text,
      details text not null,
      actor_personal text,
      target_personal text,
      key_id text not null,
      mac text not null,
      seq bigint unique,
      segment bigint,
      hash text
    )`,
    sql`create index audit_events_by_time on audit_events (at, id)`,
    sql`create index audit_events_by_event on audit_events (event, at, id)`,
    sql`create index audit_events_by_actor on audit_events (actor_id, at, id)`,
    sql`create index audit_events_by_target on audit_events (target_id, at, id)`,
    sql`create index unsealed_audit_events on audit_events (at, id) where seq is null`,
    sql`create table user_keys (
      user_id text primary key references users (id) on delete cascade,
      sealed text not null,
      created_at bigint not null
    )`,
    sql`create table audit_segments (
      seq bigint primary key,
      first_event bigint not null,
      last_event bigint not null,
      previous_hash text not null,
      hash text not null,
      sealed_at bigint not null,
      key_id text not null,
      mac text not null
    )`,
    sql`create table audit_head (
      id bigint primary key check (id = 1),
      segment bigint not null,
      seq bigint not null,
      hash text not null,
      floor_segment bigint not null,
      floor_seq bigint not null,
      floor_hash text not null,
      key_id text not null,
      mac text not null
    )`,
    sql`insert into audit_head (id, segment, seq, hash, floor_segment, floor_seq, floor_hash, key_id, mac)
      values (1, 0, 0, '', 0, 0, '', '', '')`,
    sql`create table audit_sealer (
      id bigint primary key check (id = 1),
      owner text not null,
      until bigint not null
    )`,
    sql`insert into audit_sealer (id, owner, until) values (1, '', 0)`,
  ],
}
