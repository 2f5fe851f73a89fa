import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

export const migration: Migration = {
  id: '0001-users',
  statements: [
    sql`create table users (
      id text primary key,
      email text not null unique,
      email_verified_at bigint,
      username text,
      username_key text unique,
      full_name text,
      full_name_key text,
      password_hash text,
      signature text not null unique,
      second_factors text not null default '',
      failed_passwords bigint not null default 0,
      state text not null check (state in ('active', 'disabled')),
      created_at bigint not null,
      disabled_at bigint,
      last_signed_in_at bigint,
      check ((state = 'disabled') = (disabled_at is not null)),
      check ((username is null) = (username_key is null))
    )`,
    sql`create index users_by_creation on users (created_at, id)`,
    sql`create table roles (
      name text primary key,
      description text not null,
      built_in_at bigint,
      created_at bigint not null,
      members_changed_at bigint not null
    )`,
    sql`create table user_roles (
      user_id text not null references users (id) on delete cascade,
      role text not null references roles (name),
      granted_at bigint not null,
      primary key (user_id, role)
    )`,
    sql`create index user_roles_by_role on user_roles (role, user_id)`,
    sql`insert into roles (name, description, built_in_at, created_at, members_changed_at) values
      ('default_user', 'Every user who signed up', 0, 0, 0),
      ('guest', 'A visitor with limited access', 0, 0, 0),
      ('subscriber', 'A subscriber', 0, 0, 0),
      ('admin', 'Administers this server', 0, 0, 0)`,
  ],
}
