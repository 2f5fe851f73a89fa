import { isDeepStrictEqual } from 'node:util'
import { arrive } from '#src/audit/moved.ts'
import type { End, Head, TableLine } from '#src/backup/backup-lines.ts'
import type { OnRows } from '#src/backup/dump.ts'
import { damaged, readBackup } from '#src/backup/read-backup.ts'
import { type Cell, columnsOf, dropTable, emptyTable, inserter, tablesThere } from '#src/backup/rows.sql.ts'
import type { Clock } from '#src/platform/clock.ts'
import { BrokenReference, type Db, Duplicate } from '#src/store/db.ts'
import { migrate } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { tables, tablesInBackups } from '#src/store/tables.ts'

const rowsAtOnce = 100

export type Loading = {
  readonly file: string
  readonly head: Head
  /** How many rows the file has. */
  readonly total: number
  readonly clock: Clock
  readonly onProgress?: OnRows | undefined
}

/**
 * A step: replaces the whole database with that of the file, migrated to this release. If it throws, the
 * caller must roll back.
 */
export async function load(db: Db, { file, head, total, clock, onProgress }: Loading): Promise<End> {
  const { query } = db
  for (const name of await ownTables(db)) await dropTable(query, name)
  const known = migrations.filter(({ id }) => head.migrations.includes(id))
  await migrate(db, clock, known)
  const there = await tablesThere(query)
  for (const { name } of tablesInBackups.toReversed()) if (there.includes(name)) await emptyTable(query, name)
  let into: Into | undefined
  let done = 0
  for await (const piece of readBackup(file)) {
    // The file may have been replaced since its head was checked.
    if (piece.kind === 'head' && !isDeepStrictEqual(piece.head, head))
      throw damaged(file, 'it was changed while it was read')
    if (piece.kind === 'table') {
      await into?.finish()
      into = await intoTable(db, file, piece.line)
    } else if (piece.kind === 'row') {
      await into?.add(piece.row)
      done += 1
      onProgress?.(done, total)
    } else if (piece.kind === 'end') {
      await into?.finish()
      await migrate(db, clock, migrations)
      await arrive(query)
      return piece.end
    }
  }
  throw damaged(file, 'its end is missing')
}

/** The tables of Sigil that exist in the database; a table comes before those that it references. */
export async function ownTables({ query }: Pick<Db, 'query'>): Promise<string[]> {
  const there = await tablesThere(query)
  const names = tables.toReversed().map(({ name }) => name)
  return names.filter((name) => there.includes(name))
}

type Into = { add(row: readonly Cell[]): Promise<void>; finish(): Promise<void> }

/** A table or column name of the file is used in a statement only if the database has it. */
async function intoTable({ query }: Db, file: string, { table, columns }: TableLine): Promise<Into> {
  const isKnown = tablesInBackups.some(({ name }) => name === table)
  const there = isKnown ? await columnsOf(query, table) : []
  const isSame = there.length === columns.length && columns.every((column) => there.includes(column))
  if (!isSame) throw damaged(file, `its columns of ${table} do not match the schema`)
  const insert = inserter(table, columns)
  let pending: (readonly Cell[])[] = []
  const finish = async () => {
    if (pending.length > 0) await insert(query, pending).catch(rejectRows(file, table))
    pending = []
  }
  return {
    async add(row) {
      pending.push(row)
      if (pending.length === rowsAtOnce) await finish()
    },
    finish,
  }
}

/** Rows that violate a constraint cannot come from a Sigil database. */
function rejectRows(file: string, table: string): (error: unknown) => never {
  return (error) => {
    const isContradiction = error instanceof Duplicate || error instanceof BrokenReference
    throw isContradiction
      ? damaged(file, `its rows of ${table} do not fit together`, { cause: error })
      : error
  }
}
