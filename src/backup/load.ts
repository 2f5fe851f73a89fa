import { isDeepStrictEqual } from 'node:util'
import { arrive } from '#src/audit/moved.ts'
import type { End, Head, TableLine } from '#src/backup/backup-lines.ts'
import { damaged, readBackup } from '#src/backup/read-backup.ts'
import { type Cell, columnsOf, dropTable, emptyTable, inserter, tablesThere } from '#src/backup/rows.sql.ts'
import type { Clock } from '#src/platform/clock.ts'
import { BrokenReference, type Db, Duplicate } from '#src/store/db.ts'
import { migrate } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { tables, tablesInBackups } from '#src/store/tables.ts'

const rowsAtOnce = 100

/**
 * A step: in the place of whatever was there, the database as the file has it, brought up to this release. It
 * is the caller's to undo everything where this faults.
 */
export async function load(
  db: Db,
  { file, head, clock }: { file: string; head: Head; clock: Clock },
): Promise<End> {
  const { query } = db
  for (const name of await ownTables(db)) await dropTable(query, name)
  const known = migrations.filter(({ id }) => head.migrations.includes(id))
  await migrate(db, clock, known)
  const there = await tablesThere(query)
  for (const { name } of tablesInBackups.toReversed()) if (there.includes(name)) await emptyTable(query, name)
  let into: Into | undefined
  for await (const piece of readBackup(file)) {
    // Whoever judged the head judged this file, and not another one that has its name since.
    if (piece.kind === 'head' && !isDeepStrictEqual(piece.head, head))
      throw damaged(file, 'it was changed while it was read')
    if (piece.kind === 'table') {
      await into?.finish()
      into = await intoTable(db, file, piece.line)
    } else if (piece.kind === 'row') await into?.add(piece.row)
    else if (piece.kind === 'end') {
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

/** Nothing of what the file calls a table or a column gets into a statement unless the database has it. */
async function intoTable({ query }: Db, file: string, { table, columns }: TableLine): Promise<Into> {
  const isOurs = tablesInBackups.some(({ name }) => name === table)
  const there = isOurs ? await columnsOf(query, table) : []
  const isSame = there.length === columns.length && columns.every((column) => there.includes(column))
  if (!isSame) throw damaged(file, `it has other columns for ${table} than there are`)
  const insert = inserter(table, columns)
  let waiting: (readonly Cell[])[] = []
  const finish = async () => {
    if (waiting.length > 0) await insert(query, waiting).catch(refuseRows(file, table))
    waiting = []
  }
  return {
    async add(row) {
      waiting.push(row)
      if (waiting.length === rowsAtOnce) await finish()
    },
    finish,
  }
}

/** What the file says contradicts itself: no database was ever so. */
function refuseRows(file: string, table: string): (error: unknown) => never {
  return (error) => {
    const isImpossible = error instanceof Duplicate || error instanceof BrokenReference
    throw isImpossible ? damaged(file, `its rows of ${table} do not fit together`, { cause: error }) : error
  }
}
