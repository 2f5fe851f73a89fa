import { systemClock } from '#src/platform/clock.ts'
import { migrate } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { openStore } from '#src/store/open.ts'

/** Migrates a database to the schema of this release and closes it. */
export async function migrateAll(place: { databaseUrl: string | undefined; dataDir: string }): Promise<void> {
  const db = await openStore(place)
  try {
    await migrate(db, systemClock, migrations)
  } finally {
    await db.close()
  }
}
