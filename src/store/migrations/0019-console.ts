import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Indexes for sorting and searching lists of the console, so that none reads a whole table. */
export const migration: Migration = {
  id: '0019-console',
  statements: [
    // No partial indexes on tables that are also read by key: docs/decisions/0025.
    sql`create index live_sessions_by_address on sessions (address, ended_at, last_expires_at, id)`,
    sql`create index users_by_state on users (state, created_at, id)`,
    sql`create index outbox_deliveries_by_state on outbox_deliveries (state, created_at, id)`,
  ],
}
