import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * The cleaner finds grants by when they ended, live grants of apps that are gone, and the users who were
 * deleted first, without reading whole tables. The new index replaces `live_grants_by_app`.
 */
export const migration: Migration = {
  id: '0029-large-tables',
  statements: [
    sql`create index grants_by_end on grants (ended_at, client_id, epoch)`,
    sql`drop index live_grants_by_app`,
    sql`create index deleted_users_by_time on deleted_users (deleted_at)`,
  ],
}
