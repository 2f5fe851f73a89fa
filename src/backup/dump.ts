import { createHash } from 'node:crypto'
import { type End, format, type Head, macText, type TableLine } from '#src/backup/backup-lines.ts'
import type { LineWriter } from '#src/backup/new-file.ts'
import { columnsOf, countRows, pagesOf } from '#src/backup/rows.sql.ts'
import { macOf } from '#src/keys/key-ring.ts'
import type { Db } from '#src/store/db.ts'
import { migrationStatus } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { tablesInBackups } from '#src/store/tables.ts'
import type { World } from '#src/world/world.ts'

/** Rows per page: few enough that other work in this process is not delayed. */
const rowsPerPage = 500

export type Dumped = { readonly rows: Readonly<Record<string, number>>; readonly bytes: number }

/** Called with the number of rows so far, and of all rows. */
export type OnRows = (done: number, total: number) => void

type Target = Pick<World, 'keys'> & {
  readonly about: Omit<Head, 'sigil_backup' | 'migrations'>
  readonly to: LineWriter
  readonly onProgress?: OnRows | undefined
}

/** Writes the snapshot that `db` sees, one line per row, and an end line that proves that it is complete. */
export async function dump(db: Db, { keys, about, to, onProgress }: Target): Promise<Dumped> {
  const { query } = db
  const hash = createHash('sha256')
  const line = async (value: Head | TableLine | unknown[]) => {
    const text = JSON.stringify(value)
    hash.update(text).update('\n')
    await to.line(text)
  }
  await line({ sigil_backup: format, ...about, migrations: await migrationsOf(db) })
  const rows: Record<string, number> = {}
  const total = onProgress ? await countAll(db) : 0
  let done = 0
  for (const table of tablesInBackups) {
    const columns = await columnsOf(query, table.name)
    await line({ table: table.name, columns })
    let count = 0
    for await (const page of pagesOf(query, table, rowsPerPage)) {
      for (const row of page) await line(columns.map((column) => row[column]))
      count += page.length
      done += page.length
      onProgress?.(done, total)
    }
    rows[table.name] = count
  }
  const sha256 = hash.digest('base64url')
  const key = keys.macKey()
  const end: End = { end: true, rows, sha256, key_id: key.id, mac: macOf(key, macText(sha256)) }
  await to.line(JSON.stringify(end))
  return { rows, bytes: await to.end() }
}

async function countAll({ query }: Db): Promise<number> {
  let total = 0
  for (const { name } of tablesInBackups) total += await countRows(query, name)
  return total
}

async function migrationsOf(db: Db): Promise<string[]> {
  const status = await migrationStatus(db, migrations)
  return status.filter(({ appliedAt }) => appliedAt !== undefined).map(({ id }) => id)
}
