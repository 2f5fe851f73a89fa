import type { Dialect } from '#src/store/db.ts'
import { type PerDialect, Rows, type Sql, type Value } from '#src/store/sql.ts'

export function forDialect(dialect: Dialect, statement: Sql | PerDialect): Sql {
  return 'strings' in statement ? statement : statement[dialect]
}

/** The text for an engine. A table of values is one parameter, in JSON. */
export function textOf(
  dialect: Dialect,
  { strings, values }: Sql,
  placeholder = (position: number) => (dialect === 'postgres' ? `$${position}` : '?'),
): string {
  return strings
    .reduce((text, piece, position) => {
      const value = values[position - 1]
      const parameter = placeholder(position)
      return text + (value instanceof Rows ? tableOf(dialect, value, parameter) : parameter) + piece
    })
    .trim()
}

/**
 * PostgreSQL expects 100 rows of `json_to_recordset`, and on an empty table it would read a whole index for
 * them, and keep that plan while the table grows. For a condition that it cannot estimate it expects one row,
 * as in a statement about one. This condition is always true: the first column is never null.
 */
function tableOf(dialect: Dialect, { columns }: Rows, parameter: string): string {
  const names = columns.split(',').map((column) => column.trim().split(' ')[0])
  if (dialect === 'postgres') {
    const [key] = names
    const given = `json_to_recordset(${parameter}) as given (${columns})`
    return `(select * from ${given} where ${key} = coalesce(${key}, ${key}))`
  }
  const fields = names.map((name) => `value ->> '${name}' as ${name}`)
  return `(select ${fields.join(', ')} from json_each(${parameter}))`
}

/** The values as the drivers take them. */
export function valuesOf({ values }: Sql): Value[] {
  return values.map((value) => (value instanceof Rows ? value.json : value))
}

export function isRead({ strings }: Sql): boolean {
  return /^\s*(select|with|values)\b/i.test(strings[0] ?? '')
}

/**
 * Throws if a value cannot be stored. The compiler already rejects most of these; this is for values of wrong
 * types. Never prints the value, which may be a secret.
 */
export function assertStorable(statement: Sql): void {
  for (const [index, value] of valuesOf(statement).entries()) {
    if (value === null || typeof value === 'string') continue
    if (typeof value === 'number' && isExact(value)) continue
    const kind = typeof value === 'number' ? 'an inexact number' : `of type ${typeof value}`
    throw new TypeError(`Value ${index + 1} is ${kind}: ${textOf('postgres', statement)}`)
  }
}

function isExact(value: number): boolean {
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
}
