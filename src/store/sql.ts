/**
 * The values that drivers accept: no booleans (store a time instead) and no undefined (probably a mistake,
 * not null).
 */
export type Value = string | number | null

/**
 * A table of values, used in a statement in place of a table. A class, so that no object that was parsed from
 * outside can be mistaken for one: its columns become part of the text.
 */
export class Rows {
  readonly columns: string
  readonly json: string

  constructor(columns: string, json: string) {
    this.columns = columns
    this.json = json
  }
}

/** A statement: pieces of text and the values between them. Not a string, so it cannot be concatenated. */
export type Sql = { readonly strings: TemplateStringsArray; readonly values: readonly (Value | Rows)[] }

export function sql(strings: TemplateStringsArray, ...values: (Value | Rows)[]): Sql {
  return { strings, values }
}

/**
 * Rows for one statement about many: `from ${rowsOf('id text, at bigint', list)} as wanted`. They are read in
 * the order of the list. The first column is never null. The columns are part of the text of the statement,
 * so they must be written in it.
 */
export function rowsOf<Columns extends string>(
  columns: Columns,
  list: readonly { readonly [name in NamesIn<Columns>]: Value }[],
): Rows {
  return new Rows(columns, JSON.stringify(list))
}

/** The names of columns in a list such as `id text, at bigint`. */
type NamesIn<Columns> = Columns extends `${infer First},${infer Others}`
  ? NamesIn<First> | NamesIn<Others>
  : Columns extends `${' ' | '\n'}${infer Trimmed}`
    ? NamesIn<Trimmed>
    : Columns extends `${infer Name} ${'text' | 'bigint'}`
      ? Name
      : never

/** A statement that differs between the engines. `test/architecture.test.ts` counts the uses. */
export type PerDialect = { readonly sqlite: Sql; readonly postgres: Sql }

export function perDialect(texts: PerDialect): PerDialect {
  return texts
}
