import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** The web site of an app, which the consent page and the list of connected apps link to. */
export const migration: Migration = {
  id: '0028-app-sites',
  statements: [sql`alter table apps add column client_uri text`],
}
