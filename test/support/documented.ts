import assert from 'node:assert/strict'
import { openapiOf } from '#src/reference/openapi.ts'
import { routes } from '#src/routes.ts'
import { resolved, wrongWith } from '#test/support/json-schema.ts'
import { type Answered, type Described, documentIn, undocumentedIn } from '#test/support/openapi-document.ts'

/**
 * Fails if a response does not match the OpenAPI document. The clients of the tests call it for every
 * response, so all tests check the document. Pages, which are not in the document, and responses through a
 * proxy are exempt.
 */
export function assertDocumented(method: string, target: string, reply: Answered): void {
  const wrong = isBare(reply) || isOfProxy(reply) ? [] : wrongWithAnswer(method, target, reply)
  assert.deepEqual(wrong, [], `${method} ${target} has an undocumented response`)
}

const document = documentIn(
  JSON.stringify(openapiOf(routes, { publicUrl: 'http://localhost', isSecure: false })),
)

const addresses = [...Map.groupBy(document.calls, ({ path }) => path)].map(([path, calls]) => ({
  form: formOf(path),
  calls: new Map(calls.map((call) => [call.method, call])),
}))

/** A parameter is one segment; only the rest of a path may contain slashes. */
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

/** HEAD is allowed where GET is, and a path with OPTIONS accepts any method. */
function callOf(calls: ReadonlyMap<string, Described>, method: string): Described | undefined {
  return calls.get(method) ?? (method === 'HEAD' || calls.has('OPTIONS') ? calls.get('GET') : undefined)
}

/** Preflight requests of browsers; for all other requests the path does not support this method. */
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

/** Malformed requests, which Node itself answers with a status line. */
function isBare({ status, headers, text }: Answered): boolean {
  return [400, 408, 417, 431].includes(status) && text === '' && headers['content-type'] === undefined
}

/** Errors of a proxy in front, in a different form. */
function isOfProxy({ status, headers, text }: Answered): boolean {
  const isEmptyNo = status >= 400 && text === ''
  return headers.server !== undefined && (isEmptyNo || /^text\/html/.test(headers['content-type'] ?? ''))
}
