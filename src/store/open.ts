import { join } from 'node:path'
import type { Db } from '#src/store/db.ts'

type Place = { databaseUrl: string | undefined; dataDir: string }

/** PostgreSQL when there is a URL for it, and the embedded database in the data folder when there is none. */
export async function openStore({ databaseUrl, dataDir }: Place): Promise<Db> {
  // Loaded on demand: who runs the one should not pay for starting the other.
  if (databaseUrl === undefined) {
    const { openSqlite } = await import('#src/store/sqlite.ts')
    return openSqlite({ file: join(dataDir, 'sigil.db') })
  }
  const { openPostgres } = await import('#src/store/postgres.ts')
  return openPostgres({ url: databaseUrl })
}
