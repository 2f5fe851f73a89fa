import { DatabaseMoved, whenMoved } from '#src/audit/moved.ts'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { givenMasterKey } from '#src/cli/open-world.ts'
import { provedKeys } from '#src/keys/key-ring.ts'
import { MasterKeyProblem } from '#src/keys/master-key.ts'
import { proveWritable } from '#src/keys/prove-writable.ts'
import type { Clock } from '#src/platform/clock.ts'
import type { Settings } from '#src/settings/settings.ts'
import { DatabaseAway, type Db } from '#src/store/db.ts'
import { databaseClock, maxSkewMs, unsafeSettings } from '#src/store/examine.ts'
import { type MigrationStatus, migrationStatus, NewerSchema } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'

const noticedSkewMs = 2000
/** A moment in the database that has not come yet by our clock, with as much allowed as readiness allows. */
const setBackMs = 5 * 60_000

/** Everything about a database that is open, and its keys. Faults only where it went away meanwhile. */
export async function examineDatabase(db: Db, clock: Clock, settings: Settings): Promise<Finding[]> {
  const schema = await schemaOf(db)
  const isWhole = schema.finding.verdict === 'ok'
  return [
    ok('database', db.dialect === 'sqlite' ? 'SQLite is open.' : 'PostgreSQL answers.'),
    schema.finding,
    ...(isWhole ? await movedFinding(db) : []),
    ...(isWhole ? [await writableFinding(db)] : []),
    await durableFinding(db),
    await clockFinding(db, clock, schema.newest),
    ...(isWhole ? [await keysFinding(db, settings)] : []),
  ]
}

async function movedFinding(db: Db): Promise<Finding[]> {
  const at = await whenMoved(db)
  return at === undefined ? [] : [wrong('moved', new DatabaseMoved(at).message, '')]
}

async function keysFinding(db: Db, settings: Settings): Promise<Finding> {
  try {
    const count = await provedKeys(db.query, await givenMasterKey(settings))
    return ok('keys', count === 0 ? 'There are none yet: the first start makes them.' : `All ${count} open.`)
  } catch (error) {
    if (!(error instanceof MasterKeyProblem)) throw error
    return wrong('keys', error.message, 'Without it no server starts: look for it where you keep secrets.')
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
      ? ok('schema', 'It is that of this release.')
      : warning('schema', `It lacks ${pending.join(', ')}.`, 'The next start, or `sigil migrate`, adds them.')
  return { finding, newest }
}

async function writableFinding(db: Db): Promise<Finding> {
  try {
    await proveWritable(db.query)
    return ok('writes', 'A commit that goes to the disk was made.')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const advice =
      error instanceof DatabaseAway
        ? 'Look whether the disk is full or the file system read-only.'
        : 'Look whether this is a standby, and whether its user may write.'
    return wrong('writes', `Nothing can be written: ${why}`, advice)
  }
}

async function durableFinding(db: Db): Promise<Finding> {
  const unsafe = await unsafeSettings(db)
  if (unsafe.length === 0) return ok('durability', 'What is acknowledged survives a power cut.')
  const said = unsafe.map(({ name, value }) => `${name} is ${value}`).join(', ')
  return wrong(
    'durability',
    `A power cut may bring ended sessions back: ${said}.`,
    'Set them to what the database has by default.',
  )
}

async function clockFinding(db: Db, clock: Clock, newest: number): Promise<Finding> {
  const before = clock.now()
  const theirs = await databaseClock(db)
  const now = clock.now()
  const advice = 'Let NTP set the clocks of this machine and of the database.'
  if (now < newest - setBackMs) {
    return wrong('clock', 'It stands before what is in the database: it was set back.', advice)
  }
  if (theirs === undefined) return ok('clock', 'It is not before what is in the database.')
  const skewMs = Math.round(Math.abs(theirs - (before + now) / 2))
  const message = `It is ${skewMs} ms from that of the database.`
  if (skewMs > maxSkewMs) return wrong('clock', message, advice)
  return skewMs > noticedSkewMs ? warning('clock', message, advice) : ok('clock', message)
}
