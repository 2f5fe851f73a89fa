import assert from 'node:assert/strict'
import { openapiOf } from '#src/reference/openapi.ts'
import { routes } from '#src/routes.ts'
import { resolved, wrongWith } from '#test/support/json-schema.ts'
import { type Answered, type Described, documentIn, undocumentedIn } from '#test/support/openapi-document.ts'

/**
 * Fails where an answer is not what the document says. The clients of the tests ask it of every answer they
 * get, so whatever any test provokes is held against the document too. Exempt are the pages, which are for
 * people and in no document, and what stands behind a proxy.
 */
export function assertDocumented(method: string, target: string, reply: Answered): void {
  const wrong = isBare(reply) || isOfProxy(reply) ? [] : wrongWithAnswer(method, target, reply)
  assert.deepEqual(wrong, [], `${method} ${target} is answered as the document does not say`)
}

const document = documentIn(
  JSON.stringify(openapiOf(routes, { publicUrl: 'http://localhost', isSecure: false })),
)

const addresses = [...Map.groupBy(document.calls, ({ path }) => path)].map(([path, calls]) => ({
  form: formOf(path),
  calls: new Map(calls.map((call) => [call.method, call])),
}))

/** A parameter is one segment; only the rest of an address may hold slashes. */
function formOf(path: string): RegExp {
  const parts = path
    .replaceAll('.', '\\.')
    .replaceAll('{path}', '.*')
    .replaceAll(/\{\w+\}/g, '[^/]+')
  return new RegExp(`^${parts}$`)
}

function wrongWithAnswer(method: string, target: string, reply: Answered): string[] {
  const [address = ''] = target.split('?')
  const calls = addresses.find(({ form }) => form.test(address))?.calls
  const call = calls && callOf(calls, method)
  if (call) return undocumentedIn(document, { ...call, method }, reply)
  return calls ? wrongOfOtherMethod(method, reply) : []
}

/** Every GET may be made as HEAD, and an address that takes OPTIONS takes any method that there is. */
function callOf(calls: ReadonlyMap<string, Described>, method: string): Described | undefined {
  return calls.get(method) ?? (method === 'HEAD' || calls.has('OPTIONS') ? calls.get('GET') : undefined)
}

/** A browser asks what it may do; to everybody else the address does not take that method. */
function wrongOfOtherMethod(method: string, reply: Answered): string[] {
  if (method === 'OPTIONS' && reply.status === 204 && reply.text === '') return []
  const allow = reply.headers.allow === undefined ? ['the header allow is missing'] : []
  return reply.status === 405 ? [...allow, ...wrongProblem(reply)] : [`it is answered ${reply.status}`]
}

function wrongProblem(reply: Answered): string[] {
  if (reply.text === '') return []
  const schema = resolved(document.json, { $ref: '#/components/schemas/Problem' })
  return wrongWith(document.json, schema, JSON.parse(reply.text))
}

/** What never became a call: Node answers it with a line and nothing else. */
function isBare({ status, headers, text }: Answered): boolean {
  return [400, 408, 417, 431].includes(status) && text === '' && headers['content-type'] === undefined
}

/** What a proxy in front said itself, because Sigil was away or was not asked: our own noes are never so. */
function isOfProxy({ status, headers, text }: Answered): boolean {
  const isEmptyNo = status >= 400 && text === ''
  return headers.server !== undefined && (isEmptyNo || /^text\/html/.test(headers['content-type'] ?? ''))
}
