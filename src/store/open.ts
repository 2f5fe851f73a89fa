import { join } from 'node:path'
import type { Db } from '#src/store/db.ts'

type Place = { databaseUrl: string | undefined; dataDir: string; databaseConnections?: number }

/** Opens PostgreSQL if there is a URL, otherwise the embedded database in the data folder. */
export async function openStore({ databaseUrl, dataDir, databaseConnections = 13 }: Place): Promise<Db> {
  // Loaded on demand, so that one engine does not slow down the start of the other.
  if (databaseUrl === undefined) {
    const { openSqlite } = await import('#src/store/sqlite.ts')
    return openSqlite({ file: join(dataDir, 'sigil.db') })
  }
  const { openPostgres, reservedConnections } = await import('#src/store/postgres.ts')
  return openPostgres({ url: databaseUrl, poolSize: databaseConnections - reservedConnections })
}
