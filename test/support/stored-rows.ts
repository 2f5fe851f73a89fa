import type { Query, Row } from '#src/store/db.ts'
import type { Value } from '#src/store/sql.ts'

/** Every row of a table, or those with a value in one column. */
export function rowsIn(query: Query, table: string, where?: { column: string; is: Value }): Promise<Row[]> {
  const text = `select * from ${table}`
  if (!where) return query({ strings: asTemplate([text]), values: [] })
  return query({ strings: asTemplate([`${text} where ${where.column} = `, '']), values: [where.is] })
}

function asTemplate(pieces: readonly string[]): TemplateStringsArray {
  return Object.assign([...pieces], { raw: pieces })
}
