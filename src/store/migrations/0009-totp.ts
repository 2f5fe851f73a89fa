import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Second factors: authenticator apps, recovery codes, and the devices that are trusted for a while. */
export const migration: Migration = {
  id: '0009-totp',
  statements: [
    sql`create table totp_secrets (
      user_id text primary key references users (id) on delete cascade,
      sealed text not null,
      name text not null,
      bound_to text not null,
      created_at bigint not null,
      confirmed_at bigint,
      last_step bigint not null default 0
    )`,
    sql`create table recovery_codes (
      user_id text not null references users (id) on delete cascade,
      code_hash text not null,
      created_at bigint not null,
      used_at bigint,
      primary key (user_id, code_hash)
    )`,
    sql`create table trusted_devices (
      id text primary key,
      token_hash text not null unique,
      user_id text not null references users (id) on delete cascade,
      signature text not null,
      address text not null,
      user_agent text not null,
      created_at bigint not null,
      last_used_at bigint not null,
      expires_at bigint not null
    )`,
    sql`create index trusted_devices_by_user on trusted_devices (user_id, created_at, id)`,
    sql`create index trusted_devices_by_expiry on trusted_devices (expires_at)`,
    sql`create index totp_secrets_by_creation on totp_secrets (created_at)`,
  ],
}
