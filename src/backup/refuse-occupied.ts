import { BackupError } from '#src/backup/backup-error.ts'
import type { Db } from '#src/store/db.ts'
import { migrationStatus, NewerSchema } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'

const emptyOne = 'Give an empty database: another SIGIL_DATABASE_URL, or another SIGIL_DATA_DIR.'

/** Faults where the tables that are there are not those of a database that this release knows whole. */
export async function refuseForeign(db: Db, before: readonly string[]): Promise<void> {
  if (before.length === 0) return
  if (!before.includes('schema_migrations'))
    throw notEmpty(
      `Another program has tables here that are called like ours: ${before.join(', ')}. ${emptyOne}`,
    )
  await migrationStatus(db, migrations).catch((error) => {
    // Tables that this release does not know would stay, and point to rows that are gone.
    throw error instanceof NewerSchema
      ? notEmpty(`A newer release has used this database. ${emptyOne}`)
      : error
  })
}

export function notEmpty(message: string): BackupError {
  return new BackupError('not_empty', message)
}

export function instanceHere(): BackupError {
  return notEmpty(`There is an instance in this database already. ${emptyOne}`)
}

export function serverRunning(): BackupError {
  return new BackupError(
    'server_running',
    'A server runs on this database. Stop every node, and run this again.',
  )
}
