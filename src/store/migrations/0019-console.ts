import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** What lists of the console are sorted and searched by, so that none reads a whole table. */
export const migration: Migration = {
  id: '0019-console',
  statements: [
    sql`create index live_sessions_by_address on sessions (address, last_expires_at, id)
      where ended_at is null`,
    sql`create index disabled_users on users (created_at, id) where state = 'disabled'`,
    sql`create index outbox_deliveries_by_state on outbox_deliveries (state, created_at, id)`,
  ],
}
