import { DatabaseMoved, whenMoved } from '#src/audit/moved.ts'
import { examineApps } from '#src/cli/doctor/apps.ts'
import { backupFindings } from '#src/cli/doctor/backups.ts'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { configuredMasterKey } from '#src/cli/open-world.ts'
import { provedKeys } from '#src/keys/key-ring.ts'
import { MasterKeyProblem } from '#src/keys/master-key.ts'
import { proveWritable } from '#src/keys/prove-writable.ts'
import type { Clock } from '#src/platform/clock.ts'
import type { Settings } from '#src/settings/settings.ts'
import { DatabaseAway, type Db } from '#src/store/db.ts'
import { databaseClock, maxSkewMs, unsafeSettings } from '#src/store/examine.ts'
import { type MigrationStatus, migrationStatus, NewerSchema } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { maxConnections, readLimits } from '#src/store/postgres-server.ts'

const warnSkewMs = 2000
/** How far the clock may be behind the newest migration; readiness allows the same. */
const maxSetBackMs = 5 * 60_000

/** Checks an open database and its keys. Throws only where the connection is lost. */
export async function examineDatabase(db: Db, clock: Clock, settings: Settings): Promise<Finding[]> {
  const schema = await schemaOf(db)
  const isCurrent = schema.finding.verdict === 'ok'
  return [
    ok('database', db.dialect === 'sqlite' ? 'SQLite is open.' : 'PostgreSQL is connected.'),
    schema.finding,
    ...(isCurrent ? await movedFinding(db) : []),
    ...(isCurrent ? [await writableFinding(db)] : []),
    await durableFinding(db),
    ...(db.dialect === 'postgres' ? [await connectionsFinding(db, settings)] : []),
    await clockFinding(db, clock, schema.newest),
    ...(isCurrent ? [await keysFinding(db, settings)] : []),
    ...(isCurrent ? await examineApps(db.query, clock.now(), settings) : []),
    ...(isCurrent ? await backupFindings(db, clock, settings) : []),
  ]
}

async function movedFinding(db: Db): Promise<Finding[]> {
  const at = await whenMoved(db)
  return at === undefined ? [] : [wrong('moved', new DatabaseMoved(at).message, '')]
}

async function keysFinding(db: Db, settings: Settings): Promise<Finding> {
  try {
    const count = await provedKeys(db.query, await configuredMasterKey(settings))
    return ok(
      'keys',
      count === 0
        ? 'There are no keys yet: the first start creates them.'
        : `The master key opens all ${count} keys.`,
    )
  } catch (error) {
    if (!(error instanceof MasterKeyProblem)) throw error
    return wrong('keys', error.message, 'No server can start without it: look for it where you keep secrets.')
  }
}

type Schema = { readonly finding: Finding; readonly newest: number }

async function schemaOf(db: Db): Promise<Schema> {
  let status: MigrationStatus[]
  try {
    status = await migrationStatus(db, migrations)
  } catch (error) {
    if (!(error instanceof NewerSchema)) throw error
    const message = `The database was migrated by a newer release (${error.ids.join(', ')}).`
    return { finding: wrong('schema', message, 'Run that release, or restore a backup.'), newest: 0 }
  }
  const pending = status.filter(({ appliedAt }) => appliedAt === undefined).map(({ id }) => id)
  const newest = Math.max(0, ...status.map(({ appliedAt }) => appliedAt ?? 0))
  const finding =
    pending.length === 0
      ? ok('schema', 'The schema is up to date.')
      : warning(
          'schema',
          `Pending migrations: ${pending.join(', ')}.`,
          'The next start, or `sigil migrate`, runs them.',
        )
  return { finding, newest }
}

async function writableFinding(db: Db): Promise<Finding> {
  try {
    await proveWritable(db.query)
    return ok('writes', 'A durable write succeeded.')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const advice =
      error instanceof DatabaseAway
        ? 'Check whether the disk is full or the file system is read-only.'
        : 'Check whether this is a standby and whether the user may write.'
    return wrong('writes', `A write failed: ${why}`, advice)
  }
}

async function connectionsFinding(db: Db, { databaseConnections }: Settings): Promise<Finding> {
  const limits = await readLimits(db.query)
  const max = maxConnections(limits)
  const parts = [
    limits.ofRole !== undefined && `the role ${limits.role} ${limits.ofRole}`,
    limits.ofDatabase !== undefined && `the database ${limits.ofDatabase}`,
    `the server ${limits.ofServer}`,
  ].filter((part) => part !== false)
  const message =
    `Each node uses up to ${Math.min(databaseConnections, max)} connections; ` +
    `PostgreSQL allows ${parts.join(', ')}.`
  if (max >= databaseConnections) return ok('connections', message)
  const advice = `Raise the lowest limit, or set SIGIL_DATABASE_CONNECTIONS=${max}.`
  return warning('connections', message, advice)
}

async function durableFinding(db: Db): Promise<Finding> {
  const unsafe = await unsafeSettings(db)
  if (unsafe.length === 0) return ok('durability', 'Committed writes survive a power failure.')
  const values = unsafe.map(({ name, value }) => `${name} is ${value}`).join(', ')
  return wrong(
    'durability',
    `A power failure could bring ended sessions back: ${values}.`,
    'Set them to the defaults of the database.',
  )
}

async function clockFinding(db: Db, clock: Clock, newest: number): Promise<Finding> {
  const before = clock.now()
  const databaseNow = await databaseClock(db)
  const now = clock.now()
  const advice = 'Synchronize the clocks of this machine and of the database with NTP.'
  if (now < newest - maxSetBackMs) {
    return wrong('clock', 'The clock is behind moments in the database: it was set back.', advice)
  }
  if (databaseNow === undefined) return ok('clock', 'The clock is not behind any moment in the database.')
  const skewMs = Math.round(Math.abs(databaseNow - (before + now) / 2))
  const message = `The clock differs by ${skewMs} ms from that of the database.`
  if (skewMs > maxSkewMs) return wrong('clock', message, advice)
  return skewMs > warnSkewMs ? warning('clock', message, advice) : ok('clock', message)
}
