import { DatabaseSync } from 'node:sqlite'
import { DatabaseInUse } from '#src/store/db.ts'
import { isBusy } from '#src/store/sqlite-errors.ts'
import { createPrivately } from '#src/store/sqlite-files.ts'

export type Lock = { release(): void }

/**
 * Keeps every other process from opening `file`. The lock is one that the kernel drops with its process,
 * however that dies, so nothing has to be cleaned up after a kill -9. It lives in a file of its own, so that
 * a backup can still read the database.
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
  return { release: () => connection.close() }
}
