import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * Codes and links sent by mail: the newest row of a purpose and subject replaces the previous one. A row
 * without a user belongs to an address without an account. `email` is the address that the code proves.
 */
export const migration: Migration = {
  id: '0011-email-codes',
  statements: [
    sql`create table email_codes (
      id text primary key,
      purpose text not null,
      subject text not null,
      user_id text references users (id) on delete cascade,
      email text,
      link_hash text not null unique,
      code_mac text not null,
      browser_hash text,
      tries bigint not null,
      created_at bigint not null,
      expires_at bigint not null,
      used_at bigint,
      unique (purpose, subject)
    )`,
    sql`create index email_codes_by_user on email_codes (user_id)`,
    sql`create index email_codes_by_expiry on email_codes (expires_at)`,
    // Set if an administrator chose the password, which the next sign-in has to replace.
    sql`alter table users add column password_must_change_at bigint`,
    // The language of messages to the user.
    sql`alter table users add column language text`,
    // The sealed hash of the password that a reset sets once a second factor is proven.
    sql`alter table sign_in_attempts add column new_password text`,
  ],
}
