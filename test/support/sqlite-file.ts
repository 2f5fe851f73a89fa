/** The database of a server on SQLite, as another process sees it. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A busy machine may hold the server's own write this long. */
const timeoutMs = 20_000

/**
 * Opens the database file beside the server that writes to it. A statement waits for the server's write to
 * end: without a timeout it would fail with "database is locked" whenever the two meet.
 */
export function openBeside(dataDir: string): DatabaseSync {
  return new DatabaseSync(join(dataDir, 'sigil.db'), { timeout: timeoutMs })
}
