import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Tokens of apps with pairwise ids of users do not name their session, which other apps could compare. */
export const migration: Migration = {
  id: '0023-pairwise-grants',
  statements: [
    sql`alter table grants add column subject_type text not null default 'public'
      check (subject_type in ('public', 'pairwise'))`,
  ],
}
