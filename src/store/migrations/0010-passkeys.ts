import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

export const migration: Migration = {
  id: '0010-passkeys',
  statements: [
    sql`create table passkeys (
      id text primary key,
      user_id text not null references users (id) on delete cascade,
      credential_id text not null unique,
      public_key text not null,
      counter bigint not null,
      transports text not null,
      aaguid text not null,
      name text not null,
      device_type text not null check (device_type in ('single_device', 'multi_device')),
      backed_up_at bigint,
      user_verified_at bigint,
      created_at bigint not null,
      last_used_at bigint
    )`,
    sql`create index passkeys_by_user on passkeys (user_id, created_at, id)`,
    // Deleted when it is used, even if that fails: a challenge works once.
    sql`create table webauthn_challenges (
      challenge_hash text primary key,
      purpose text not null check (purpose in
        ('register', 'register_unasked', 'sign_up', 'sign_in', 'second_factor', 'step_up')),
      bound_to text not null,
      expires_at bigint not null
    )`,
    sql`create index webauthn_challenges_by_expiry on webauthn_challenges (expires_at)`,
  ],
}
