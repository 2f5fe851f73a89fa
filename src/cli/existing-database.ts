import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { failure, type Output, type ServedCommand } from '#src/cli/command.ts'
import { locationOf } from '#src/cli/database-failures.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { Db } from '#src/store/db.ts'
import { migrationStatus } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'

type Place = Pick<Settings, 'dataDir' | 'databaseUrl'>

/** Whether the command may create the database. Others would seem to succeed on an empty one. */
export function mayCreate({ creates }: ServedCommand, input: unknown): boolean {
  return (typeof creates === 'function' ? creates(input) : creates) === 'database'
}

/** Whether opening the database would create it. That of PostgreSQL exists, at least without tables. */
export function isMissing({ dataDir, databaseUrl }: Place): boolean {
  return databaseUrl === undefined && !existsSync(join(dataDir, 'sigil.db'))
}

/** Whether an open database has the tables of any release. */
export async function hasTables(db: Db): Promise<boolean> {
  const status = await migrationStatus(db, migrations)
  return status.some(({ appliedAt }) => appliedAt !== undefined)
}

export function noDatabase({ dataDir, databaseUrl }: Place): Output {
  const location = locationOf(databaseUrl)
  if (location === undefined) {
    return failure('no_database', [
      `There is no Sigil database in ${dataDir} (SIGIL_DATA_DIR).`,
      'Set SIGIL_DATA_DIR to the data folder of the server. A new database is created by `sigil start`.',
    ])
  }
  return failure('no_database', [
    `There is no Sigil database at ${location}: the database in SIGIL_DATABASE_URL has no tables of Sigil.`,
    'Check the name of the database in it. The tables are created by `sigil start` and `sigil migrate`.',
  ])
}
