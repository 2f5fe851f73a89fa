import { type ErrorCode, errorCodes } from '#src/errors/error-codes.ts'
import { fieldCodes } from '#src/errors/fields.ts'
import { errorCodesOf, type Operation } from '#src/reference/operation.ts'
import type { JsonSchema } from '#src/reference/schema-book.ts'

type Shape = 'problem' | 'oauth'

const fieldCodeList = Object.entries(fieldCodes)
  .map(([code, { en }]) => `\`${code}\`: ${en}`)
  .join('\n\n')

/** RFC 9457: all errors except those of OAuth endpoints. */
export const problemSchema: JsonSchema = {
  type: 'object',
  description: 'An error as defined by RFC 9457. Branch on `code`, which is stable.',
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
  properties: {
    type: { type: 'string', description: 'Path of the page that explains the code' },
    title: { type: 'string', description: 'What happened' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened and what to do, in the language of the caller' },
    code: { type: 'string', enum: Object.keys(errorCodes) },
    request_id: { type: 'string', description: 'Identifies the request in the server log' },
    errors: {
      type: 'array',
      description: 'The invalid fields of the body or the query, at most 20',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'RFC 6901; empty for the whole body' },
          code: { type: 'string', enum: Object.keys(fieldCodes), description: fieldCodeList },
          detail: { type: 'string', description: 'What is wrong, in the language of the caller' },
        },
      },
    },
    methods: {
      type: 'array',
      description: 'For `step_up_required`: how the caller can prove again who they are',
      items: { type: 'string' },
    },
    restore_token: {
      type: 'string',
      description: 'For `account_being_deleted`: restores the account at `POST /api/v1/auth/restore`',
    },
    deletes_at: {
      type: 'string',
      format: 'date-time',
      description: 'For `account_being_deleted`: when the account will be deleted',
    },
    checks: {
      type: 'array',
      description: 'The readiness checks, where the server is not ready',
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
  description: 'An error of an OAuth endpoint, as defined by RFC 6749 section 5.2.',
  required: ['error', 'error_description'],
  properties: {
    error: { type: 'string', enum: [...new Set(Object.values(errorCodes).map(({ oauth }) => oauth))] },
    error_description: { type: 'string' },
  },
}

/** The error responses of an operation by status, each a reference to one defined once in `defined`. */
export function errorResponses(
  operation: Operation,
  defined: Record<string, JsonSchema>,
): Record<string, JsonSchema> {
  const byStatus = Map.groupBy(errorCodesOf(operation), (code) => errorCodes[code].status)
  const responses: Record<string, JsonSchema> = {}
  for (const [status, codes] of byStatus) {
    // For another method there is no route, and therefore no OAuth error.
    const isOauth = operation.route.surface !== 'api' && status !== 405
    // A limit counts only calls of its endpoint.
    const isLimited = operation.route.endpoint.limit !== undefined && status !== 405
    // A rejected refresh token is cleared where it was sent as a cookie.
    const clearsCookie = status === 401 && (operation.route.endpoint.proofs ?? []).includes('refresh_cookie')
    const isLeading = (status === 401 || status === 403) && operation.route.endpoint.leadsToSignIn === true
    const special = `${clearsCookie ? 'cookie_' : ''}${isLeading ? 'leading_' : ''}`
    const prefix = `${special}${isOauth ? 'oauth_' : ''}${isLimited ? 'limited_' : ''}`
    const name = `${prefix}${codes.join('_or_')}`
    const shape = isOauth ? 'oauth' : 'problem'
    defined[name] ??= answerFor(codes, { shape, isLimited, clearsCookie, isLeading })
    responses[status] = { $ref: `#/components/responses/${name}` }
  }
  return responses
}

function answerFor(codes: readonly ErrorCode[], { shape, ...about }: { shape: Shape } & About): JsonSchema {
  const status = Math.max(...codes.map((code) => errorCodes[code].status))
  const description = codes.map((code) => `\`${code}\`: ${errorCodes[code].en}`).join('\n\n')
  const properties =
    shape === 'oauth'
      ? { error: { enum: [...new Set(codes.map((code) => errorCodes[code].oauth))] } }
      : { status: { const: status }, code: { enum: codes } }
  const schema = {
    allOf: [{ $ref: `#/components/schemas/${shape === 'oauth' ? 'OauthError' : 'Problem'}` }],
    properties,
  }
  const type = shape === 'oauth' ? 'application/json' : 'application/problem+json'
  return {
    description,
    headers: headersAt(status, about),
    content: { [type]: { schema } },
  }
}

type About = Readonly<Record<'isLimited' | 'clearsCookie' | 'isLeading', boolean>>

function headersAt(status: number, { isLimited, clearsCookie, isLeading }: About): JsonSchema {
  const names = ['X-Request-Id']
  if (status === 401) names.push('WWW-Authenticate')
  if (clearsCookie) names.push('Set-Cookie')
  if (status === 405) names.push('Allow')
  if (status === 415) names.push('Accept-Encoding')
  if (status === 429 || status === 503) names.push('Retry-After')
  if (isLimited) names.push('RateLimit', 'RateLimit-Policy')
  const renewed = { 'Set-Cookie': 'The ticket, where it was renewed' }
  const place = status === 401 ? { Location: 'Where a browser signs in, and returns from' } : {}
  const ofItsOwn = isLeading ? ownHeaders({ ...renewed, ...place }) : {}
  return { ...headerRefs(names), ...ofItsOwn }
}

/** The headers of all responses. */
export const headerSchemas: Readonly<Record<string, JsonSchema>> = {
  'X-Request-Id': header('Identifies the request in the server log'),
  'WWW-Authenticate': always('The accepted authentication scheme'),
  'Accept-Encoding': header('`identity`, where the request body was compressed'),
  'Set-Cookie': header('Clears the cookies of the request that are no longer valid'),
  Allow: always('The supported methods'),
  'Retry-After': always('Seconds to wait before the next attempt'),
  RateLimit: header('What is left of the limit, as defined by draft-ietf-httpapi-ratelimit-headers'),
  'RateLimit-Policy': header('The limit'),
  Location: always('Where to go'),
  'Preference-Applied': always('`respond-async`: the answer did not wait for propagation'),
}

export function headerRefs(headers: readonly string[]): JsonSchema {
  return Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

/** The headers of one endpoint. */
export function ownHeaders(headers: Readonly<Record<string, string>>): JsonSchema {
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, header(text)]))
}

function always(description: string): JsonSchema {
  return { ...header(description), required: true }
}

function header(description: string): JsonSchema {
  return { description, schema: { type: 'string' } }
}
