import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * The claims that an app requested individually, as words: `userinfo:name id_token:email`; and when to check
 * whether a sign-in has expired whose app wants to be notified.
 */
export const migration: Migration = {
  id: '0026-requested-claims',
  statements: [
    sql`alter table grants add column claims text not null default ''`,
    sql`alter table logout_notices add column check_at bigint not null default 0`,
    sql`create index logout_notices_by_check on logout_notices (check_at)`,
  ],
}
