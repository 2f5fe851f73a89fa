import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/** Each would fail, or count twice, if it were applied a second time. */
export const threeSteps: readonly Migration[] = [
  { id: '0001-coins', statements: [sql`create table coins (id text primary key, spent_at bigint)`] },
  {
    id: '0002-first-coin',
    statements: [sql`insert into coins (id) values ('one')`, sql`alter table coins add column worth bigint`],
  },
  { id: '0003-worth', statements: [sql`update coins set worth = coalesce(worth, 0) + 1`] },
]
