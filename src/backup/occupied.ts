import { BackupError } from '#src/backup/backup-error.ts'
import type { Db } from '#src/store/db.ts'
import { migrationStatus, NewerSchema } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'

const useEmpty = 'Use an empty database: another SIGIL_DATABASE_URL or SIGIL_DATA_DIR.'

/** Throws unless this release knows all existing tables of the database. */
export async function assertOwnTables(db: Db, before: readonly string[]): Promise<void> {
  if (before.length === 0) return
  if (!before.includes('schema_migrations'))
    throw notEmpty(
      `Another program has tables with the same names in this database: ${before.join(', ')}. ${useEmpty}`,
    )
  await migrationStatus(db, migrations).catch((error) => {
    // Tables that this release does not know would stay and reference rows that are deleted.
    throw error instanceof NewerSchema
      ? notEmpty(`A newer release has used this database. ${useEmpty}`)
      : error
  })
}

export function notEmpty(message: string): BackupError {
  return new BackupError('not_empty', message)
}

export function instanceHere(): BackupError {
  return notEmpty(`There is already an instance in this database. ${useEmpty}`)
}

export function serverRunning(): BackupError {
  return new BackupError(
    'server_running',
    'A server is running on this database. Stop every node and run this again.',
  )
}
