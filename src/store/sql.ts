/**
 * What the drivers accept. No booleans (they forget when), no undefined (a forgotten parameter is not null).
 */
export type Value = string | number | null

/**
 * One statement: its text in pieces, and the values between them. Never a string: it cannot be concatenated.
 */
export type Sql = { readonly strings: TemplateStringsArray; readonly values: readonly Value[] }

export function sql(strings: TemplateStringsArray, ...values: Value[]): Sql {
  return { strings, values }
}

/**
 * The two texts of a statement that truly differs between the engines. `test/architecture.test.ts` counts
 * its uses.
 */
export type PerDialect = { readonly sqlite: Sql; readonly postgres: Sql }

export function perDialect(texts: PerDialect): PerDialect {
  return texts
}
