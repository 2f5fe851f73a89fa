import { rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DatabaseSync } from 'node:sqlite'

/** Listens on a free port, prints the URL, and ends with SIGTERM. Removes the database in its folder. */
export function listenBare(server: Server, stored?: { db: DatabaseSync; folder: string }): void {
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
  })
  process.once('SIGTERM', () => {
    stored?.db.close()
    if (stored) rmSync(stored.folder, { recursive: true, force: true })
    process.exit(0)
  })
}
