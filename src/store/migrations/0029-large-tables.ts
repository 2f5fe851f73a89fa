import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * The cleaner finds grants by when they ended, and live grants of apps that are gone, without reading all
 * grants; the new index also has what `live_grants_by_app` was for. It finds the users who were
 * deleted first, too.
 */
export const migration: Migration = {
  id: '0029-large-tables',
  statements: [
    sql`create index grants_by_end on grants (ended_at, client_id, epoch)`,
    sql`drop index live_grants_by_app`,
    sql`create index deleted_users_by_time on deleted_users (deleted_at)`,
  ],
}
