import type { Instant } from '#src/platform/clock.ts'
import type { Db } from '#src/store/db.ts'
import { perDialect, sql } from '#src/store/sql.ts'

/** Returns the engine's settings that could lose an acknowledged commit. */
export async function unsafeSettings(db: Db): Promise<{ name: string; value: string }[]> {
  // In a transaction, to read the settings of the connection that writes.
  const rows = await db.transaction((query) =>
    query(
      perDialect({
        sqlite: sql`select 'journal_mode' as name, journal_mode as value from pragma_journal_mode
          union all select 'synchronous', cast(synchronous as text) from pragma_synchronous`,
        postgres: sql`select name, setting as value from pg_settings
          where name in ('fsync', 'full_page_writes', 'synchronous_commit')`,
      }),
    ),
  )
  const settings = rows.map((row) => ({ name: row.name as string, value: row.value as string }))
  return settings.filter(({ name, value }) => unsafe[name]?.includes(value))
}

const unsafe: Readonly<Record<string, readonly string[]>> = {
  journal_mode: ['off', 'memory'],
  synchronous: ['0', '1'],
  fsync: ['off'],
  full_page_writes: ['off'],
  synchronous_commit: ['off', 'local'],
}

/** With more skew than this, other machines consider the times in tokens wrong. */
export const maxSkewMs = 60_000

/** Returns the time of the database server, or undefined for the embedded database, which uses our clock. */
export async function databaseClock(db: Pick<Db, 'dialect' | 'query'>): Promise<Instant | undefined> {
  if (db.dialect === 'sqlite') return undefined
  const [row] = await db.query(
    sql`select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now`,
  )
  return (row?.now as number | null) ?? undefined
}
