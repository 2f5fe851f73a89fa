import type { Dialect } from '#src/store/db.ts'
import type { PerDialect, Sql } from '#src/store/sql.ts'

export function forDialect(dialect: Dialect, statement: Sql | PerDialect): Sql {
  return 'strings' in statement ? statement : statement[dialect]
}

export function textOf(statement: Sql, placeholder: (position: number) => string): string {
  return statement.strings.reduce((text, piece, position) => text + placeholder(position) + piece).trim()
}

export function isRead({ strings }: Sql): boolean {
  return /^\s*(select|with|values)\b/i.test(strings[0] ?? '')
}

/**
 * Throws if a value cannot be stored. The compiler already rejects most of these; this is for values of wrong
 * types. Never prints the value, which may be a secret.
 */
export function assertStorable(statement: Sql): void {
  for (const [index, value] of statement.values.entries()) {
    if (value === null || typeof value === 'string') continue
    if (typeof value === 'number' && isExact(value)) continue
    const kind = typeof value === 'number' ? 'an inexact number' : `of type ${typeof value}`
    throw new TypeError(`Value ${index + 1} is ${kind}: ${textOf(statement, (position) => `$${position}`)}`)
  }
}

function isExact(value: number): boolean {
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
}
