import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * The sessions of a user that have not ended are few, those that have may be very many. Neither column moves
 * with a refresh, so that no refresh writes it.
 */
export const migration: Migration = {
  id: '0011-sessions-in-use',
  statements: [
    sql`create index sessions_in_use on sessions (user_id, created_at, id) where ended_at is null`,
  ],
}
