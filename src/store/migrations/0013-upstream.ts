import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Identities at other providers, visits to a provider in progress, and connections to be confirmed. */
export const migration: Migration = {
  id: '0013-upstream',
  statements: [
    sql`create table upstream_identities (
      id text primary key,
      user_id text not null references users (id) on delete cascade,
      provider text not null,
      issuer text not null,
      subject text not null,
      label text not null,
      linked_at bigint not null,
      last_used_at bigint,
      unique (issuer, subject)
    )`,
    sql`create index upstream_identities_by_user on upstream_identities (user_id, linked_at, id)`,
    sql`create table upstream_states (
      id text primary key,
      state_hash text not null unique,
      browser_hash text not null,
      provider text not null,
      user_id text references users (id) on delete cascade,
      destination text,
      expires_at bigint not null
    )`,
    sql`create index upstream_states_by_user on upstream_states (user_id)`,
    sql`create index upstream_states_by_expiry on upstream_states (expires_at)`,
    sql`create table upstream_links (
      id text primary key,
      token_hash text not null unique,
      user_id text not null references users (id) on delete cascade,
      provider text not null,
      issuer text not null,
      subject text not null,
      label text not null,
      destination text,
      expires_at bigint not null
    )`,
    sql`create index upstream_links_by_user on upstream_links (user_id)`,
    sql`create index upstream_links_by_expiry on upstream_links (expires_at)`,
  ],
}
