import { refuseMoved } from '#src/audit/moved.ts'
import { holdsKeys, openKeyRing } from '#src/keys/key-ring.ts'
import { type MasterKey, MasterKeyProblem, makeMasterKey, readMasterKey } from '#src/keys/master-key.ts'
import { systemClock } from '#src/platform/clock.ts'
import { systemRandom } from '#src/platform/random.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { Db } from '#src/store/db.ts'
import { measured } from '#src/store/measured.ts'
import { migrate } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import type { Log } from '#src/telemetry/log.ts'
import { openMetrics } from '#src/telemetry/metrics.ts'
import type { World } from '#src/world/world.ts'

/**
 * Migrates an open database and opens the keys. Closes the database if that fails; otherwise the caller
 * closes it with `world.db.close()`.
 */
export async function openWorldOn(opened: Db, settings: Settings, log: Log): Promise<World> {
  const clock = systemClock
  const random = systemRandom
  const metrics = openMetrics(clock)
  const db = measured(opened, { clock, metrics })
  try {
    await refuseMoved(db)
    const applied = await migrate(db, clock, migrations)
    if (applied.length > 0)
      log.info({ migrations: applied.length, newest: applied.at(-1) }, 'Database migrated')
    const masterKey = await masterKeyFor(db, settings)
    const keys = await openKeyRing({ db, clock, random, masterKey })
    return { db, clock, random, keys, settings, log, metrics }
  } catch (error) {
    await db.close()
    throw error
  }
}

/** Creates a master key at the first start only: it could not open the keys of an existing database. */
export async function masterKeyFor(db: Db, settings: Settings): Promise<MasterKey> {
  const { dataDir } = settings
  const configured = await configuredMasterKey(settings)
  if (configured) return configured
  if (await holdsKeys(db.query)) {
    throw new MasterKeyProblem(
      `The database has keys, but ${dataDir} has no master.key to open them. ` +
        'Set SIGIL_MASTER_KEY or put the file back.',
    )
  }
  return makeMasterKey(dataDir, systemRandom)
}

/** The master key of the setting, or else of the data folder; undefined where neither has one. */
export async function configuredMasterKey({
  masterKey,
  dataDir,
}: Pick<Settings, 'masterKey' | 'dataDir'>): Promise<MasterKey | undefined> {
  return masterKey ? { bytes: masterKey } : readMasterKey(dataDir)
}
