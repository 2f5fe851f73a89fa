import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * When the instance was exported from here. It stands in the row that every change takes, so that the same
 * statement decides whether there may be a change and none can overtake a move.
 */
export const migration: Migration = {
  id: '0010-moves',
  statements: [sql`alter table audit_head add column moved_at bigint`],
}
