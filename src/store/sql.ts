/**
 * The values that drivers accept: no booleans (store a time instead) and no undefined (probably a mistake,
 * not null).
 */
export type Value = string | number | null

/** A statement: pieces of text and the values between them. Not a string, so it cannot be concatenated. */
export type Sql = { readonly strings: TemplateStringsArray; readonly values: readonly Value[] }

export function sql(strings: TemplateStringsArray, ...values: Value[]): Sql {
  return { strings, values }
}

/** A statement that differs between the engines. `test/architecture.test.ts` counts the uses. */
export type PerDialect = { readonly sqlite: Sql; readonly postgres: Sql }

export function perDialect(texts: PerDialect): PerDialect {
  return texts
}
