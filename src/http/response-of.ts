import type { Answer } from '#src/http/answer.ts'
import { type Broken, bytesOf } from '#src/http/bytes-of.ts'

/** The answer as the HTTP library takes it. */
export function responseOf(answer: Answer, requestId?: string, broken: Broken = raise): Response {
  const headers: [string, string][] = Object.entries(answer.headers)
  if (requestId !== undefined) headers.push(['x-request-id', requestId])
  for (const cookie of answer.cookies) headers.push(['set-cookie', cookie])
  const { body } = answer
  const isInPieces = typeof body === 'object' && Symbol.asyncIterator in body
  const sent = isInPieces ? bytesOf(body, broken) : (body as string | undefined)
  return new Response(sent ?? null, { status: answer.status, headers })
}

function raise(error: unknown): never {
  throw error
}
