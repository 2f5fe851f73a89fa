import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * Origins and authentication of apps: apps that register themselves, at the registration endpoint or with a
 * metadata document, keys instead of client secrets, and refresh tokens bound to a key.
 */
export const migration: Migration = {
  id: '0016-clients',
  statements: [
    sql`alter table apis add column open_at bigint`,
    sql`alter table apps add column source text not null default 'operator'
      check (source in ('operator', 'registration', 'document'))`,
    sql`alter table apps add column jwks text`,
    sql`alter table apps add column jwks_uri text`,
    sql`alter table apps add column requirements text not null default ''`,
    sql`alter table apps add column subject_type text not null default 'public'
      check (subject_type in ('public', 'pairwise'))`,
    sql`alter table apps add column exchanges_at bigint`,
    sql`alter table grants add column key_thumbprint text`,
    sql`alter table verifiers add column expires_at bigint`,
    sql`alter table verifiers add column previous_hash text`,
    sql`alter table verifiers add column previous_until bigint`,
    sql`create unique index verifiers_by_previous_hash on verifiers (previous_hash)`,
    sql`create table registration_tokens (
      token_hash text primary key,
      created_at bigint not null,
      expires_at bigint not null,
      uses_left bigint not null check (uses_left >= 0)
    )`,
    sql`create index registration_tokens_by_expiry on registration_tokens (expires_at)`,
    sql`create table subject_salts (
      id bigint primary key check (id = 1),
      sealed text not null
    )`,
  ],
}
