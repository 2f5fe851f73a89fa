import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'

export type NodeRequest = IncomingMessage

/** A handler in the form of `node:http`, as libraries provide it. */
export type NodeHandler = (request: NodeRequest, response: ServerResponse) => unknown

type Passed = {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** The origin of the server as the handler sees it: never taken from the request. */
  readonly origin: string
  readonly form?: Readonly<Record<string, string>> | undefined
  /** The media type that the handler is asked for. */
  readonly accept: string
  /** The headers that are passed on in addition to those of the body. */
  readonly headers: readonly string[]
  /** Called with the request before the handler runs, to attach data that it needs. */
  readonly prepare: (request: IncomingMessage) => void
}

/**
 * Answers a call through a handler of `node:http`, in memory: the limits, the checks and the log of `mount`
 * apply to it, and it sees nothing of the connection.
 */
export async function throughNode(handler: NodeHandler, call: Call, passed: Passed): Promise<Answer> {
  const { accept } = passed
  const url = new URL(passed.origin)
  const socket = Object.assign(new Socket(), { encrypted: url.protocol === 'https:' })
  const request = new IncomingMessage(socket)
  const body = passed.form && Buffer.from(new URLSearchParams({ ...passed.form }).toString())
  request.method = passed.method
  request.url = passed.target
  request.headers = { ...headersOf(call, passed.headers), ...bodyHeaders(body), accept, host: url.host }
  if (body) request.push(body)
  request.push(null)
  passed.prepare(request)
  const response = new ServerResponse(request)
  const ended = collected(response)
  await handler(request, response)
  const text = await ended
  socket.destroy()
  return { status: response.statusCode, ...sentHeaders(response), body: text === '' ? undefined : text }
}

function headersOf({ header }: Call, names: readonly string[]): Record<string, string> {
  const present = names.map((name) => [name, header(name)] as const)
  return Object.fromEntries(present.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function bodyHeaders(body: Buffer | undefined): Record<string, string> {
  if (!body) return {}
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  }
}

/** Resolves with what the handler writes, once it has ended the response. */
function collected(response: ServerResponse): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string))
  }
  response.write = (chunk: unknown) => {
    keep(chunk)
    return true
  }
  response.end = (chunk?: unknown) => {
    keep(chunk)
    resolve(Buffer.concat(chunks).toString('utf8'))
    return response
  }
  return promise
}

const hopByHop = new Set(['content-length', 'connection', 'keep-alive', 'transfer-encoding', 'set-cookie'])

function sentHeaders(response: ServerResponse): Pick<Answer, 'headers' | 'cookies'> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.getHeaders())) {
    if (!hopByHop.has(name) && value !== undefined) headers[name] = [value].flat().join(', ')
  }
  const cookies = [response.getHeader('set-cookie') ?? []].flat().map(String)
  return { headers, cookies }
}
