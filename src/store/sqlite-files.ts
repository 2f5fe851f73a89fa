import { accessSync, closeSync, constants, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '#src/store/make-folder.ts'

/**
 * Creates the file and its folder for this user only, if they do not exist. An existing file is not opened:
 * closing it would drop the locks that other connections of this process have on it (POSIX).
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
 * Throws if the database or its log cannot be written. SQLite would notice too late: by then it has created a
 * read-only log, which stays read-only after the mode of the database was corrected.
 */
export function assertWritable(file: string): void {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    try {
      accessSync(path, constants.R_OK | constants.W_OK)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
}
