import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * OAuth clients (`apps`), resource servers (`apis`), and the access of apps: a grant is one sign-in of a user
 * to an app, a consent is the access that a user has allowed. `oidc_records` holds short-lived protocol
 * state: codes, pushed requests and interactions.
 */
export const migration: Migration = {
  id: '0012-apps',
  statements: [
    sql`create table apis (
      id text primary key,
      name text not null unique,
      audience text not null unique,
      scopes text not null,
      created_at bigint not null
    )`,
    sql`alter table verifiers add column api_id text references apis (id)`,
    sql`create table apps (
      client_id text primary key,
      name text not null,
      kind text not null check (kind in ('web', 'browser', 'native', 'machine', 'proxy')),
      redirect_uris text not null,
      post_logout_uris text not null,
      allowed_origins text not null,
      first_party_at bigint,
      pkce_optional_at bigint,
      id_token_alg text not null check (id_token_alg in ('RS256', 'ES256')),
      created_at bigint not null
    )`,
    sql`create index apps_by_creation on apps (created_at, client_id)`,
    sql`create table app_apis (
      client_id text not null references apps (client_id) on delete cascade,
      api_id text not null references apis (id),
      position bigint not null,
      scopes text not null,
      primary key (client_id, api_id)
    )`,
    sql`create index app_apis_by_api on app_apis (api_id)`,
    sql`create table app_secrets (
      secret_hash text primary key,
      client_id text not null references apps (client_id) on delete cascade,
      created_at bigint not null
    )`,
    sql`create index app_secrets_by_app on app_secrets (client_id, created_at)`,
    sql`create table grants (
      id text primary key,
      user_id text not null references users (id) on delete cascade,
      client_id text not null,
      session_id text,
      scopes text not null,
      audiences text not null,
      handle_hash text not null unique,
      counter bigint not null,
      amr text not null,
      acr text not null check (acr in ('aal1', 'aal2')),
      authenticated_at bigint not null,
      created_at bigint not null,
      expires_at bigint not null,
      last_expires_at bigint not null,
      rotated_at bigint not null,
      rotated_address text not null,
      rotated_agent text not null,
      ended_at bigint,
      ended_reason text,
      check ((ended_at is null) = (ended_reason is null)),
      check (expires_at <= last_expires_at)
    )`,
    sql`create index live_grants_by_user on grants (user_id, ended_at, client_id)`,
    sql`create index live_grants_by_app on grants (client_id, ended_at)`,
    sql`create index grants_by_session on grants (session_id)`,
    sql`create index grants_by_last_expiry on grants (last_expires_at)`,
    sql`create table consents (
      user_id text not null references users (id) on delete cascade,
      client_id text not null references apps (client_id) on delete cascade,
      scopes text not null,
      given_at bigint not null,
      primary key (user_id, client_id)
    )`,
    sql`create index consents_by_app on consents (client_id)`,
    sql`create table oidc_records (
      id text primary key,
      payload text not null,
      created_at bigint not null,
      expires_at bigint not null,
      consumed_at bigint
    )`,
    sql`create index oidc_records_by_expiry on oidc_records (expires_at)`,
  ],
}
