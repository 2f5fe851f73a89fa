import { type ErrorCode, errorCodes } from '#src/errors/errors.ts'
import { fieldCodes } from '#src/errors/fields.ts'
import { errorCodesOf, type Operation } from '#src/reference/operation.ts'
import type { JsonSchema } from '#src/reference/schema-book.ts'

type Shape = 'problem' | 'oauth'

const fieldCodesSaid = Object.entries(fieldCodes)
  .map(([code, summary]) => `\`${code}\`: ${summary}`)
  .join('\n\n')

/** RFC 9457: every no but those of the OAuth endpoints. */
export const problemSchema: JsonSchema = {
  type: 'object',
  description: 'Every no, as RFC 9457 says. Decide by `code`, which does not change.',
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
  properties: {
    type: { type: 'string', description: 'The page that explains the code, from this origin' },
    title: { type: 'string', description: 'What happened' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened and what to do, in the language of the caller' },
    code: { type: 'string', enum: Object.keys(errorCodes) },
    request_id: { type: 'string', description: 'What the operator finds in the log' },
    errors: {
      type: 'array',
      description: 'What is wrong with which field of the body or the query',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'RFC 6901; empty for the whole' },
          code: { type: 'string', enum: Object.keys(fieldCodes), description: fieldCodesSaid },
          detail: { type: 'string' },
        },
      },
    },
    methods: {
      type: 'array',
      description: 'For `step_up_required`: how the caller can prove again who they are',
      items: { type: 'string' },
    },
    checks: {
      type: 'array',
      description: 'What a server that is not ready needs',
      items: {
        type: 'object',
        required: ['name', 'ok'],
        properties: { name: { type: 'string' }, ok: { type: 'boolean' } },
      },
    },
  },
}

/** RFC 6749 section 5.2. */
export const oauthErrorSchema: JsonSchema = {
  type: 'object',
  description: 'Every no of an OAuth endpoint, as RFC 6749 section 5.2 says.',
  required: ['error', 'error_description'],
  properties: {
    error: { type: 'string', enum: [...new Set(Object.values(errorCodes).map(({ oauth }) => oauth))] },
    error_description: { type: 'string' },
  },
}

/** The refusals of a call by status, each a reference to an answer that is written down once in `written`. */
export function errorResponses(
  operation: Operation,
  written: Record<string, JsonSchema>,
): Record<string, JsonSchema> {
  const byStatus = Map.groupBy(errorCodesOf(operation), (code) => errorCodes[code].status)
  const responses: Record<string, JsonSchema> = {}
  for (const [status, codes] of byStatus) {
    // Another method finds no route, so nothing knows there that the address is one of OAuth.
    const isOauth = operation.route.surface === 'oauth' && status !== 405
    // The same there: a limit counts what came to its endpoint.
    const isLimited = operation.route.endpoint.limit !== undefined && status !== 405
    // A refresh token that is worth nothing is taken back, where it came as a cookie.
    const takesBack = status === 401 && (operation.route.endpoint.proofs ?? []).includes('refresh_cookie')
    const kinds = `${takesBack ? 'cookie_' : ''}${isOauth ? 'oauth_' : ''}${isLimited ? 'limited_' : ''}`
    const name = `${kinds}${codes.join('_or_')}`
    written[name] ??= answerFor(codes, { shape: isOauth ? 'oauth' : 'problem', isLimited, takesBack })
    responses[status] = { $ref: `#/components/responses/${name}` }
  }
  return responses
}

function answerFor(
  codes: readonly ErrorCode[],
  { shape, isLimited, takesBack }: { shape: Shape; isLimited: boolean; takesBack: boolean },
): JsonSchema {
  const status = Math.max(...codes.map((code) => errorCodes[code].status))
  const description = codes.map((code) => `\`${code}\`: ${errorCodes[code].en}`).join('\n\n')
  const said =
    shape === 'oauth'
      ? { error: { enum: [...new Set(codes.map((code) => errorCodes[code].oauth))] } }
      : { status: { const: status }, code: { enum: codes } }
  const schema = {
    allOf: [{ $ref: `#/components/schemas/${shape === 'oauth' ? 'OauthError' : 'Problem'}` }],
    properties: said,
  }
  const type = shape === 'oauth' ? 'application/json' : 'application/problem+json'
  return {
    description,
    headers: headersAt(status, { isLimited, takesBack }),
    content: { [type]: { schema } },
  }
}

function headersAt(status: number, { isLimited, takesBack }: Record<'isLimited' | 'takesBack', boolean>) {
  const names = ['X-Request-Id']
  if (status === 401) names.push('WWW-Authenticate')
  if (takesBack) names.push('Set-Cookie')
  if (status === 405) names.push('Allow')
  if (status === 415) names.push('Accept-Encoding')
  if (status === 429 || status === 503) names.push('Retry-After')
  if (isLimited) names.push('RateLimit', 'RateLimit-Policy')
  return referTo(names)
}

/** What headers say, once for all answers. */
export const headerSchemas: Readonly<Record<string, JsonSchema>> = {
  'X-Request-Id': header('What the operator finds in the log'),
  'WWW-Authenticate': always('What would be accepted'),
  'Accept-Encoding': header('`identity`, where a body came that is compressed'),
  'Set-Cookie': header('Takes back the cookies that the call came with, where they are worth nothing'),
  Allow: always('The methods that the address takes'),
  'Retry-After': always('After how many seconds another attempt makes sense'),
  RateLimit: header('What is left of the limit, as draft-ietf-httpapi-ratelimit-headers says'),
  'RateLimit-Policy': header('The limit'),
  Location: always('Where to look instead'),
  'Preference-Applied': always('`respond-async`: the answer did not wait until it holds everywhere'),
}

export function referTo(headers: readonly string[]): JsonSchema {
  return Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

/** The same for what one endpoint says in headers that no other has. */
export function headersSaying(headers: Readonly<Record<string, string>>): JsonSchema {
  return Object.fromEntries(Object.entries(headers).map(([name, what]) => [name, header(what)]))
}

function always(description: string): JsonSchema {
  return { ...header(description), required: true }
}

function header(description: string): JsonSchema {
  return { description, schema: { type: 'string' } }
}
