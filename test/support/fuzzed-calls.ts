import fc from 'fast-check'
import type { Sent } from '#test/support/client.ts'
import { isObject, resolved } from '#test/support/json-schema.ts'
import type { Described, Document } from '#test/support/openapi-document.ts'

/** Ids, names, tokens and cursors that an attacker could know. They reach more code than random values. */
export type Loot = { readonly words: readonly string[]; readonly proofs: readonly Sent[] }

export type FuzzedCall = { readonly path: string; readonly sent: Sent }

type Schema = Readonly<Record<string, unknown>>

/** Calls of one kind. Most are nearly valid, so that they pass the guards. */
export function fuzzedCalls(document: Document, call: Described, loot: Loot): fc.Arbitrary<FuzzedCall> {
  const value = (schema: Schema) => valueFor(document, schema, loot)
  const wordsIn = (place: string) =>
    fc.record(
      Object.fromEntries(
        call.parameters
          .filter((one) => one.in === place)
          .map(({ name, schema }) => [name, fc.option(value(schema), { nil: undefined, freq: 3 })]),
      ),
    )
  const body = call.body
    ? fc.oneof(
        { arbitrary: value(call.body.schema), weight: 5 },
        { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 1 },
      )
    : fc.constant(undefined)
  const parts = { path: wordsIn('path'), query: wordsIn('query'), body, headers: oddHeaders }
  return fc
    .record({ ...parts, proof: fc.constantFrom(...loot.proofs) })
    .map(({ path, query, body: json, headers, proof }) => ({
      path: addressOf(call.path, path, query),
      sent: sentOf(call, { json, headers, proof }),
    }))
}

type Words = Readonly<Record<string, unknown>>
type Made = { json: unknown; headers: Record<string, string>; proof: Sent }

function sentOf(call: Described, { json, headers, proof }: Made): Sent {
  if (!call.body) return { ...proof, headers: { ...headers, ...proof.headers } }
  const isForm = call.body.type !== 'application/json'
  const form = isObject(json) ? new URLSearchParams(textsOf(json)).toString() : textOf(json)
  const raw = isForm ? form : (JSON.stringify(json) ?? '')
  return { ...proof, raw, headers: { 'content-type': call.body.type, ...headers, ...proof.headers } }
}

function textsOf(value: Words): Record<string, string> {
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, textOf(one)]))
}

function addressOf(template: string, path: Words, query: Words): string {
  const address = template.replaceAll(/\{(\w+)\}/g, (_, name) => segment(path[name]))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) search.append(name, textOf(one))
  }
  return search.size > 0 ? `${address}?${search}` : address
}

function textOf(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.toWellFormed()
}

/** A segment of dots would change the path. */
function segment(value: unknown): string {
  const text = textOf(value ?? 'none')
  return /^\.{0,2}$/.test(text) ? 'none' : encodeURIComponent(text)
}

const oddHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 4 },
  {
    arbitrary: fc.constantFrom(
      { 'sec-fetch-site': 'cross-site', origin: 'null' },
      { prefer: 'respond-async, wait=10' },
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/json; charset=utf-16' },
      { 'content-encoding': 'gzip' },
      { accept: 'text/html', 'accept-language': '*;q=9, ru-\u00ff' },
      { 'user-agent': '\u00ff'.repeat(600), 'x-forwarded-for': '::1%eth0, x' },
      { 'if-none-match': '*', range: 'bytes=5-1' },
      { 'x-http-method-override': 'DELETE' },
    ),
    weight: 1,
  },
)

/** All kinds of text: empty, long, with NUL, with lone surrogates, or code of other languages. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__', "' or 1=1 --", '%', '_', '\\', '1e999', 'x'.repeat(5000)),
)

function valueFor(document: Document, given: Schema, loot: Loot): fc.Arbitrary<unknown> {
  const schema = resolved(document.json, given)
  const right = rightValue(document, schema, loot)
  return fc.oneof({ arbitrary: right, weight: 9 }, { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 })
}

function rightValue(document: Document, schema: Schema, loot: Loot): fc.Arbitrary<unknown> {
  const { anyOf, enum: values, type, items, properties, minimum, maximum } = schema
  const inside = (one: unknown) => valueFor(document, isObject(one) ? one : {}, loot)
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map(inside))
  if (Array.isArray(values)) return fc.constantFrom(...values)
  if (type === 'integer') {
    const [min, max] = [Number(minimum ?? -10), Number(maximum ?? 300)]
    return fc.oneof(fc.integer({ min, max: Math.min(max, 1000) }), fc.constantFrom(min, max, 0, -1, 2 ** 53))
  }
  if (type === 'array') return fc.array(inside(items), { maxLength: 40 })
  if (type === 'null') return fc.constant(null)
  if (type === 'boolean') return fc.boolean()
  if (!isObject(properties)) return fc.oneof(fc.constantFrom(...loot.words), oddText)
  const members = Object.entries(properties).map(([name, one]) => [name, inside(one)] as const)
  const { required } = schema
  const requiredKeys = Array.isArray(required) ? required : []
  return fc.record(Object.fromEntries(members), { requiredKeys })
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

/** Raw bodies that no schema describes. */
export const rawBodies: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      '{"login":"a","login":"b","password":"c"}',
      '{"password":"c","__proto__":{"login":"a"}}',
      '{"login":{"$ne":null},"password":["x"]}',
      '{"login":"\\ud800","password":"\\u0000"}',
      '{"login":"a","password":1e999}',
      '{"constructor":{"prototype":{}}}',
      nested(30_000),
      `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
      `"${'x'.repeat(65_600)}"`,
      '\ufeff{}',
      '{}{}',
      'null',
      '[]',
      '""',
      '-',
      'token=%zz&token=%00',
      'a=1&a=2',
      '&&==&',
    )
    .chain((text) => fc.constantFrom(Buffer.from(text), Buffer.from(text, 'utf16le'))),
)
