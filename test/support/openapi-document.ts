import assert from 'node:assert/strict'
import { type Client, clientAt, type Reply } from '#test/support/client.ts'
import { isObject, resolved, wrongWith } from '#test/support/json-schema.ts'

type Json = Readonly<Record<string, unknown>>

export type Parameter = { readonly name: string; readonly in: string; readonly schema: Json }

/** One call as the document describes it. */
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

/** The document that a server gives of itself. */
export async function documentAt(url: string): Promise<Document> {
  const reply = await clientAt(url).get('/openapi.json')
  assert.equal(reply.status, 200)
  const json = JSON.parse(reply.text) as Json & { paths: Record<string, Record<string, Wire>> }
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

/** What an answer does that the document does not say. */
export function undocumentedIn({ json }: Document, call: Described, reply: Reply): string[] {
  const documented = call.responses[reply.status]
  if (!documented) return [`${call.id} answers ${reply.status}, which is not documented: ${reply.text}`]
  const type = reply.headers['content-type']
  const { content } = documented
  if (!isObject(content)) return reply.text === '' ? [] : [`${call.id} ${reply.status} has a body`]
  if (call.method === 'HEAD') return []
  const said = type === undefined ? undefined : content[type]
  if (!isObject(said) || !isObject(said.schema)) return [`${call.id} ${reply.status} is ${type}`]
  const value = type?.startsWith('text/plain') ? reply.text : JSON.parse(reply.text)
  const wrong = wrongWith(json, said.schema, value)
  return wrong.map((one) => `${call.id} ${reply.status}: ${one} in ${reply.text.slice(0, 300)}`)
}

/** Whether the server still does its work. */
export async function assertWell(client: Client): Promise<void> {
  const reply = await client.get('/readyz')
  assert.equal(reply.status, 200, reply.text)
}
