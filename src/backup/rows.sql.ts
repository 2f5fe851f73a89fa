import type { Query, Row } from '#src/store/db.ts'
import { perDialect, type Sql, sql, type Value } from '#src/store/sql.ts'
import type { Table } from '#src/store/tables.ts'

/** The value of a column in a row. */
export type Cell = Value

/** The names of all tables, including those of other programs in the same schema. */
export async function tablesThere(query: Query): Promise<string[]> {
  const rows = await query(
    perDialect({
      sqlite: sql`select name from sqlite_master where type = 'table' order by name`,
      postgres: sql`select tablename as name from pg_tables
        where schemaname = current_schema() order by name`,
    }),
  )
  return rows.map((row) => String(row.name))
}

export async function columnsOf(query: Query, table: string): Promise<string[]> {
  const rows = await query(
    perDialect({
      sqlite: sql`select name from pragma_table_info(${table}) order by cid`,
      postgres: sql`select column_name as name from information_schema.columns
        where table_schema = current_schema() and table_name = ${table} order by ordinal_position`,
    }),
  )
  return rows.map((row) => String(row.name))
}

/**
 * Every row, in pages. Each page starts after the key of the last row, so that later pages are as fast as the
 * first.
 */
export async function* pagesOf(query: Query, { name, key }: Table, limit: number): AsyncGenerator<Row[]> {
  const keys = key.join(', ')
  const first = asTemplate([`select * from ${name} order by ${keys} limit `, ''])
  const further = asTemplate([
    `select * from ${name} where (${keys}) > (`,
    ...key.slice(1).map(() => ', '),
    `) order by ${keys} limit `,
    '',
  ])
  let page = await query({ strings: first, values: [limit] })
  for (;;) {
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (!last || page.length < limit) return
    page = await query({ strings: further, values: [...key.map((column) => last[column] as Value), limit] })
  }
}

export async function countRows(query: Query, table: string): Promise<number> {
  const [row] = await query(statement(`select count(*) as rows from ${table}`))
  return Number(row?.rows)
}

/** Inserts rows unchanged. Keeps the texts of its statements, so that each is prepared once. */
export function inserter(table: string, columns: readonly string[]) {
  const texts = new Map<number, TemplateStringsArray>()
  return async (query: Query, rows: readonly (readonly Value[])[]): Promise<void> => {
    const strings = texts.get(rows.length) ?? insertText(table, columns, rows.length)
    texts.set(rows.length, strings)
    await query({ strings, values: rows.flat() })
  }
}

export async function emptyTable(query: Query, table: string): Promise<void> {
  await query(statement(`delete from ${table}`))
}

export async function dropTable(query: Query, table: string): Promise<void> {
  await query(statement(`drop table if exists ${table}`))
}

function insertText(table: string, columns: readonly string[], count: number): TemplateStringsArray {
  const pieces: string[] = []
  let text = `insert into ${table} (${columns.join(', ')}) values (`
  for (let at = 0; at < count * columns.length; at++) {
    if (at > 0) text = at % columns.length === 0 ? '), (' : ', '
    pieces.push(text)
  }
  return asTemplate([...pieces, ')'])
}

function statement(text: string): Sql {
  return { strings: asTemplate([text]), values: [] }
}

/** Builds a statement at run time. Its names come from our table list and the database, never from a file. */
function asTemplate(pieces: readonly string[]): TemplateStringsArray {
  return Object.assign([...pieces], { raw: pieces })
}
