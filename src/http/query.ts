import { z } from 'zod'
import { validated } from '#src/errors/field-errors.ts'
import { type FieldCode, fieldCodeOf } from '#src/errors/fields.ts'
import type { AnyEndpoint } from '#src/http/endpoint.ts'

export type Query = Readonly<Record<string, string | string[]>>

/**
 * A name sent once is a string, a repeated one a list. Nothing is dropped, not even a value without a name or
 * the text after a `#`: every parameter is either applied or rejected.
 */
export function queryOf(url: string): Query {
  // With a `?`, because URLSearchParams drops the first one.
  const sent = new URLSearchParams(`?${/[?#](.*)/s.exec(url)?.[1] ?? ''}`)
  const byName = Map.groupBy(sent, ([name]) => name)
  const values = [...byName].map(([name, pairs]) => [name, pairs.map(([, value]) => value)] as const)
  return Object.fromEntries(values.map(([name, all]) => [name, all.length === 1 ? (all[0] ?? '') : all]))
}

/**
 * The query of a call, as its endpoint declares it. In the API a misspelt filter would list everything, so
 * any parameter that is not declared is an error there. Links to pages and well-known documents may carry
 * parameters that other sites added.
 */
export function readQuery(route: { path: string; endpoint: AnyEndpoint<never> }, sent: Query): unknown {
  const schema = route.endpoint.query ?? (isOfApi(route.path) ? nothing : undefined)
  return schema ? validated(schema, sent, (issue) => codeIn(sent, issue)) : sent
}

const nothing = z.strictObject({})

/** Whether a call that declares no query rejects every parameter. */
export function isOfApi(path: string): boolean {
  return path.startsWith('/api/')
}

/** Two values where one is expected. */
function codeIn(sent: Query, issue: z.core.$ZodIssue): FieldCode {
  const [key, ...deeper] = issue.path
  const isRepeated = typeof key === 'string' && deeper.length === 0 && Array.isArray(sent[key])
  return isRepeated ? 'given_twice' : fieldCodeOf(issue)
}
