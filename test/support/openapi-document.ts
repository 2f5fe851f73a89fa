import type { IncomingHttpHeaders } from 'node:http'
import { isObject, resolved, wrongWith } from '#test/support/json-schema.ts'

type Json = Readonly<Record<string, unknown>>

export type Parameter = { readonly name: string; readonly in: string; readonly schema: Json }

/** An operation of the document. */
export type Described = {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly security: readonly Json[]
  readonly parameters: readonly Parameter[]
  readonly body: { readonly type: string; readonly schema: Json } | undefined
  readonly responses: Readonly<Record<string, Json>>
}

export type Document = { readonly json: Json; readonly calls: readonly Described[] }

type Wire = {
  operationId: string
  security: Json[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Json }> }
  responses: Record<string, Json>
}

/** The documented part of a response. */
export type Answered = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export function documentIn(text: string): Document {
  const json = JSON.parse(text) as Json & { paths: Record<string, Record<string, Wire>> }
  const calls = Object.entries(json.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, wire]) => {
      const [body] = Object.entries(wire.requestBody?.content ?? {})
      return {
        id: wire.operationId,
        method: method.toUpperCase(),
        path,
        security: wire.security,
        parameters: wire.parameters ?? [],
        body: body && { type: body[0], schema: body[1].schema },
        responses: Object.fromEntries(
          Object.entries(wire.responses).map(([status, answer]) => [status, resolved(json, answer)]),
        ),
      }
    }),
  )
  return { json, calls }
}

/** Returns the differences between a response and the document. */
export function undocumentedIn({ json }: Document, call: Described, reply: Answered): string[] {
  const documented = call.responses[reply.status]
  if (!documented) return [`${call.id} answers ${reply.status}, which is not documented: ${reply.text}`]
  const wrong = [...wrongHeaders(json, documented, reply), ...wrongBody(json, call, documented, reply)]
  return wrong.map((one) => `${call.id} ${reply.status}: ${one} in ${reply.text.slice(0, 300)}`)
}

/** Headers of HTTP itself, of CORS, or of a proxy in front. */
const ofAnyAnswer = new RegExp(
  `^(?:${[
    'date|connection|keep-alive|transfer-encoding|content-(?:length|type|language)|cache-control|vary',
    'access-control-.+',
    'content-security-policy|x-content-type-options',
    'server|via|alt-svc|x-cache|strict-transport-security',
  ].join('|')})$`,
)

function wrongHeaders(json: Json, documented: Json, { headers }: Answered): string[] {
  const said = Object.entries(isObject(documented.headers) ? documented.headers : {}).filter(isNamedObject)
  const names = said.map(([name]) => name.toLowerCase())
  const strange = Object.keys(headers).filter((name) => !ofAnyAnswer.test(name) && !names.includes(name))
  const missing = said.filter(
    ([name, one]) => resolved(json, one).required === true && headers[name.toLowerCase()] === undefined,
  )
  return [
    ...strange.map((name) => `the header ${name} is not documented`),
    ...missing.map(([name]) => `the header ${name} is missing`),
  ]
}

function isNamedObject(entry: [string, unknown]): entry is [string, Json] {
  return isObject(entry[1])
}

function wrongBody(json: Json, { method }: Described, { content }: Json, reply: Answered): string[] {
  if (!isObject(content)) return reply.text === '' ? [] : ['has a body']
  if (method === 'HEAD') return reply.text === '' ? [] : ['has a body']
  const type = reply.headers['content-type']
  const said = type === undefined ? undefined : content[type]
  if (!isObject(said) || !isObject(said.schema)) return [`is ${type}`]
  return wrongWith(json, said.schema, type?.startsWith('text/') ? reply.text : JSON.parse(reply.text))
}
