import type { JsonSchema } from '#src/reference/schema-book.ts'

/** Realistic example values, by the name of the member. */
const known: Readonly<Record<string, unknown>> = {
  email: 'ada@example.org',
  login: 'ada@example.org',
  password: 'plum tarot window 42',
  repeat_password: 'plum tarot window 42',
  current: 'plum tarot window 42',
  new: 'violet harbour lantern 7',
  username: 'ada',
  full_name: 'Ada Lovelace',
  code: '123456',
  name: 'editor',
  description: 'Edits articles',
  transport: 'body',
  path: '/notes',
  hosts: 'notes.example.org',
  token: 'TOKEN',
  refresh_token: 'REFRESH_TOKEN',
  mfa_token: 'MFA_TOKEN',
  audience: 'https://notes.example.org',
}

const origin = 'https://app.example.org'

/** An example of a request body: every required member, and the most useful optional ones. */
export function exampleOf(schema: JsonSchema, named: Readonly<Record<string, JsonSchema>>): unknown {
  const value = valueFor('', schema, named, 0)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

/** How many members are shown of a body without required ones, such as an update. */
const maxOptional = 3

type Named = Readonly<Record<string, JsonSchema>>

function valueFor(name: string, given: JsonSchema, named: Named, depth: number): unknown {
  const schema = resolved(given, named)
  const { anyOf, enum: values, const: only, type, default: fallback, examples } = schema
  if (Array.isArray(examples)) return examples[0]
  if (only !== undefined) return only
  if (Array.isArray(values)) return fallback ?? values[0]
  const [first] = isList(anyOf) ? anyOf : []
  if (first) return valueFor(name, first, named, depth)
  if (type === 'object') return objectOf(schema, named, depth)
  if (type === 'array') return isSchema(schema.items) ? [valueFor(name, schema.items, named, depth + 1)] : []
  if (type === 'integer' || type === 'number') return fallback ?? Math.max(1, Number(schema.minimum ?? 1))
  if (type === 'boolean') return true
  return textOf(name, schema)
}

function objectOf(schema: JsonSchema, named: Named, depth: number): Record<string, unknown> {
  const { properties, required } = schema
  const members = Object.entries(isSchema(properties) ? properties : {})
  const wanted = Array.isArray(required) ? required : []
  const isChange = wanted.length === 0 && depth === 0
  const shown = isChange ? members.slice(0, maxOptional) : members.filter(([name]) => wanted.includes(name))
  return Object.fromEntries(
    shown.map(([name, one]) => [name, valueFor(name, isSchema(one) ? one : {}, named, depth + 1)]),
  )
}

function textOf(name: string, { format, minLength }: JsonSchema): string {
  if (/uri|url|origin/.test(name)) return origin
  const value = known[name]
  if (typeof value === 'string') return value
  if (format === 'email') return 'ada@example.org'
  if (format === 'date-time') return '2030-01-01T00:00:00Z'
  return name.toUpperCase().padEnd(Number(minLength ?? 0), 'X')
}

function resolved(schema: JsonSchema, named: Named): JsonSchema {
  const { $ref } = schema
  return typeof $ref === 'string' ? (named[$ref.slice($ref.lastIndexOf('/') + 1)] ?? {}) : schema
}

function isList(value: unknown): value is JsonSchema[] {
  return Array.isArray(value) && value.every(isSchema)
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
