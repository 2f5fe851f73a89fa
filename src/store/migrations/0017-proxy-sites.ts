import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * Apps behind a proxy, each on its own hosts. `site_codes` are the one-time codes with which a signed-in user
 * returns from Sigil to such a host.
 */
export const migration: Migration = {
  id: '0017-proxy-sites',
  statements: [
    sql`create table proxy_sites (
      client_id text primary key references apps (client_id) on delete cascade,
      hosts text not null,
      path_rules text not null,
      preflight text not null check (preflight in ('allowed', 'checked')),
      revision text not null
    )`,
    sql`create table app_hosts (
      host text primary key,
      client_id text not null references proxy_sites (client_id) on delete cascade
    )`,
    sql`create index app_hosts_by_app on app_hosts (client_id)`,
    sql`create table site_codes (
      code_hash text primary key,
      client_id text not null references apps (client_id) on delete cascade,
      user_id text not null references users (id) on delete cascade,
      session_id text not null,
      host text not null,
      browser_hash text not null,
      created_at bigint not null,
      expires_at bigint not null,
      used_at bigint
    )`,
    sql`create index site_codes_by_expiry on site_codes (expires_at)`,
    sql`create index site_codes_by_user on site_codes (user_id)`,
    sql`create index site_codes_by_app on site_codes (client_id)`,
  ],
}
