import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { perDialect, sql } from '#src/store/sql.ts'

/**
 * Returns false once the instance was exported. On PostgreSQL all writers share the lock, and an export waits
 * for every transaction that holds it; on SQLite transactions run one after the other.
 */
export async function isHere(query: Query): Promise<boolean> {
  const rows = await query(
    perDialect({
      sqlite: sql`select id from instance where id = 1 and moved_at is null`,
      postgres: sql`select id from instance where id = 1 and moved_at is null for share`,
    }),
  )
  return rows.length === 1
}

/** Waits for every writer of `isHere` to commit, and makes later ones wait for this transaction. */
export async function lockInstance(query: Query): Promise<void> {
  await query(sql`update instance set moved_at = moved_at where id = 1`)
}

export async function setMoved(query: Query, at: Instant | null): Promise<void> {
  await query(sql`update instance set moved_at = ${at} where id = 1`)
}

export async function movedAtOf(query: Query): Promise<Instant | undefined> {
  const [row] = await query(sql`select moved_at from instance where id = 1`)
  if (!row) throw new Error('The table `instance` has lost its row')
  return (row.moved_at as Instant | null) ?? undefined
}
