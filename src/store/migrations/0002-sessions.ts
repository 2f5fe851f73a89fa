import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

export const migration: Migration = {
  id: '0002-sessions',
  statements: [
    sql`create table sessions (
      id text primary key,
      user_id text not null references users (id) on delete cascade,
      handle_hash text not null unique,
      page_hash text unique,
      method text not null,
      amr text not null,
      authenticated_at bigint not null,
      created_at bigint not null,
      expires_at bigint not null,
      last_expires_at bigint not null,
      address text not null,
      user_agent text not null,
      counter bigint not null,
      rotated_at bigint not null,
      rotated_address text not null,
      rotated_agent text not null,
      ended_at bigint,
      ended_because text,
      check ((ended_at is null) = (ended_because is null)),
      check (expires_at <= last_expires_at)
    )`,
    sql`create index sessions_by_user on sessions (user_id, created_at, id)`,
    // Of a moment that never changes: an index on one that slides would be written at every refresh.
    sql`create index sessions_by_last_expiry on sessions (last_expires_at)`,
    sql`create table sign_ins (
      id text primary key,
      user_id text references users (id) on delete cascade,
      session_id text,
      at bigint not null,
      outcome text not null,
      method text not null,
      address text not null,
      user_agent text not null
    )`,
    sql`create index sign_ins_by_user on sign_ins (user_id, at, id)`,
    sql`create index sign_ins_by_time on sign_ins (at)`,
  ],
}
