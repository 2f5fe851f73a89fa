import { accessSync, closeSync, constants, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '#src/store/make-folder.ts'

/**
 * Makes the file and its folder for this user only, when they are not there yet. A file that is there is
 * never opened here: closing it would drop the locks that this process's other connections hold on it
 * (POSIX).
 */
export function createPrivately(file: string): void {
  makeFolder(dirname(file))
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/**
 * Faults where the database, or what lies beside it, cannot be written. The engine would find out too late:
 * it has then made a log with the mode of the database, which nobody can write once the database can be.
 */
export function refuseReadOnly(file: string): void {
  for (const one of [file, `${file}-wal`, `${file}-shm`]) {
    try {
      accessSync(one, constants.R_OK | constants.W_OK)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
}
