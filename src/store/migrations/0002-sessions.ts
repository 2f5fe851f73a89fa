import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

export const migration: Migration = {
  id: '0002-sessions',
  // Neither table references `users`: deleting a user with a long history must not be one long statement. The
  // cleaner deletes what is left of a deleted user, named in `deleted_users`, in small batches.
  statements: [
    sql`create table deleted_users (user_id text primary key, deleted_at bigint not null)`,
    sql`create table sessions (
      id text primary key,
      user_id text not null,
      handle_hash text not null unique,
      page_hash text unique,
      previous_page_hash text unique,
      page_seen_at bigint,
      method text not null,
      amr text not null,
      acr text not null check (acr in ('aal1', 'aal2')),
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
      ended_reason text,
      check ((ended_at is null) = (ended_reason is null)),
      check (expires_at <= last_expires_at)
    )`,
    // A user has few live sessions and possibly very many ended ones. None of these columns changes at a
    // refresh. Not a partial index: PostgreSQL would read all of it for any live session while the table is
    // small.
    sql`create index live_sessions_by_user on sessions (user_id, ended_at, created_at, id)`,
    sql`create index sessions_by_user on sessions (user_id, created_at, id)`,
    // This moment never changes; an index on a sliding expiry would be written at every refresh.
    sql`create index sessions_by_last_expiry on sessions (last_expires_at)`,
    sql`create table sign_ins (
      id text primary key,
      user_id text,
      session_id text,
      at bigint not null,
      outcome text not null,
      method text not null,
      attempts bigint not null default 1,
      address text not null,
      user_agent text not null
    )`,
    sql`create index sign_ins_by_user on sign_ins (user_id, at, id)`,
    // Statistics read nothing but this index.
    sql`create index sign_ins_by_time on sign_ins (at, outcome, attempts, user_id)`,
  ],
}
