import { z } from 'zod'
import { parsing } from '#src/errors/fields.ts'
import type { AnyEndpoint } from '#src/http/endpoint.ts'
import { errorOf } from '#src/http/problem.ts'

export type Query = Readonly<Record<string, string | string[]>>

/**
 * A name that came once is a string, one that came more often a list. Nothing is passed over, not a value
 * without a name, nor what follows a `#`, which nobody should send: who asks for something must be heard or
 * refused.
 */
export function queryOf(url: string): Query {
  // Said with its `?`, for the first one is taken away.
  const sent = new URLSearchParams(`?${/[?#](.*)/s.exec(url)?.[1] ?? ''}`)
  const byName = Map.groupBy(sent, ([name]) => name)
  const values = [...byName].map(([name, pairs]) => [name, pairs.map(([, value]) => value)] as const)
  return Object.fromEntries(values.map(([name, all]) => [name, all.length === 1 ? (all[0] ?? '') : all]))
}

/**
 * What a call asks for, as its endpoint declares it. Of the API a filter that is misspelt would be no filter,
 * and everything would be listed: so there nothing may be asked for but what is declared. Pages and documents
 * at a well-known place are led to with keys that others put behind their address.
 */
export function readQuery(route: { path: string; endpoint: AnyEndpoint<never> }, sent: Query): unknown {
  const schema = route.endpoint.query ?? (isOfApi(route.path) ? nothing : undefined)
  if (!schema) return sent
  const { success, data, error } = schema.safeParse(sent, parsing)
  if (success) return data
  throw errorOf({ issues: error.issues.map((issue) => onceMeant(issue, sent)) })
}

const nothing = z.strictObject({})

/** Whether a call that declares no query refuses every key. */
export function isOfApi(path: string): boolean {
  return path.startsWith('/api/')
}

/** Two values where one is meant: nobody can say which. */
function onceMeant(issue: z.core.$ZodIssue, sent: Query): z.core.$ZodIssue {
  const [key, ...deeper] = issue.path
  const isOfKey = typeof key === 'string' && deeper.length === 0
  if (!isOfKey || !Array.isArray(sent[key])) return issue
  const message = 'This was given more than once. Give it once.'
  return { code: 'custom', path: issue.path, message, input: undefined, params: { code: 'given_twice' } }
}
