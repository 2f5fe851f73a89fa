import { DatabaseSync } from 'node:sqlite'
import { DatabaseInUse } from '#src/store/db.ts'
import { isBusy } from '#src/store/sqlite-errors.ts'
import { createPrivately } from '#src/store/sqlite-files.ts'

export type Lock = { release(): void }

/**
 * The connections that hold locks. A connection that nothing refers to is closed by the garbage collector,
 * and its lock would be lost while the process still uses the database.
 */
const held = new Set<DatabaseSync>()

/**
 * Keeps every other process from opening `file`, until `release` or the end of this process. The kernel drops
 * the lock with the process, so nothing remains to be cleaned up after a kill -9. The lock is on a separate
 * file, so that backups can still read the database.
 */
export function holdLock(file: string): Lock {
  const lockFile = `${file}.lock`
  createPrivately(lockFile)
  const connection = new DatabaseSync(lockFile, { timeout: 0 })
  try {
    connection.exec('pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    connection.close()
    throw isBusy(error) ? new DatabaseInUse(file, { cause: error }) : error
  }
  held.add(connection)
  return {
    release() {
      held.delete(connection)
      connection.close()
    },
  }
}
