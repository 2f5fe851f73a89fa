import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * Logout notices, the device flow, lifetimes and a disabled state of apps. A grant is valid for the `epoch`
 * of its app in which it was opened; disabling the app begins a new one.
 */
export const migration: Migration = {
  id: '0015-app-flows',
  statements: [
    sql`alter table apps add column backchannel_uri text`,
    sql`alter table apps add column terms_uri text`,
    sql`alter table apps add column privacy_uri text`,
    sql`alter table apps add column access_lifetime_ms bigint`,
    sql`alter table apps add column refresh_lifetime_ms bigint`,
    sql`alter table apps add column device_flow_at bigint`,
    sql`alter table apps add column disabled_at bigint`,
    sql`alter table apps add column epoch text not null default ''`,
    sql`alter table grants add column epoch text not null default ''`,
    sql`create table logout_notices (
      grant_id text primary key,
      client_id text not null,
      user_id text not null,
      created_at bigint not null
    )`,
    sql`create index logout_notices_by_user on logout_notices (user_id)`,
    sql`create index logout_notices_by_app on logout_notices (client_id)`,
    sql`create index logout_notices_by_creation on logout_notices (created_at)`,
    sql`create table device_codes (
      id text primary key,
      user_code_hash text not null unique,
      client_id text not null references apps (client_id) on delete cascade,
      asked text not null,
      state text not null check (state in ('pending', 'allowed', 'denied', 'used')),
      user_id text references users (id) on delete cascade,
      session_id text,
      poll_interval_ms bigint not null,
      polled_at bigint,
      created_at bigint not null,
      expires_at bigint not null,
      check ((state in ('pending', 'denied')) or (user_id is not null and session_id is not null))
    )`,
    sql`create index device_codes_by_user on device_codes (user_id)`,
    sql`create index device_codes_by_app on device_codes (client_id)`,
    sql`create index device_codes_by_expiry on device_codes (expires_at)`,
  ],
}
