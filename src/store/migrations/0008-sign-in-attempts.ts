import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Sign-ins that wait for a further factor. One that needs a single factor never has a row. */
export const migration: Migration = {
  id: '0008-sign-in-attempts',
  statements: [
    sql`create table sign_in_attempts (
      id text primary key,
      token_hash text not null unique,
      user_id text not null references users (id) on delete cascade,
      signature text not null,
      purpose text not null check (purpose in ('sign_in', 'sign_up', 'step_up', 'reset')),
      state text not null check (state in ('pending', 'finished', 'failed')),
      proven text not null,
      due text not null,
      tries bigint not null default 0,
      for_pages_at bigint,
      address text not null,
      user_agent text not null,
      created_at bigint not null,
      expires_at bigint not null
    )`,
    sql`create index sign_in_attempts_by_user on sign_in_attempts (user_id)`,
    sql`create index sign_in_attempts_by_expiry on sign_in_attempts (expires_at)`,
  ],
}
