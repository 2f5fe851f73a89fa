import { STATUS_CODES } from 'node:http'
import { type CookieName, cookieName } from '#src/http/cookies.ts'
import type { AnyEndpoint, Proof } from '#src/http/endpoint.ts'
import type { Route } from '#src/http/mount.ts'
import {
  errorResponses,
  headerRefs,
  headerSchemas,
  oauthErrorSchema,
  ownHeaders,
  problemSchema,
} from '#src/reference/openapi-errors.ts'
import { groups, type Operation, operationsOf } from '#src/reference/operation.ts'
import { type JsonSchema, openSchemaBook, type SchemaBook } from '#src/reference/schema-book.ts'
import type { World } from '#src/world/world.ts'

/** The URL of the server, and whether it is https, which decides the names of cookies. */
type Place = { readonly publicUrl: string; readonly isSecure: boolean }

/** The whole API as OpenAPI 3.1, from the table that routes and validates. */
export function openapiOf(routes: readonly Route<World>[], { publicUrl, isSecure }: Place): JsonSchema {
  const schemas = openSchemaBook()
  const responses: Record<string, JsonSchema> = {}
  const paths: Record<string, Record<string, JsonSchema>> = {}
  const operations = operationsOf(routes)
  for (const operation of operations) {
    const at = paths[operation.address] ?? {}
    at[operation.method.toLowerCase()] = described(operation, { schemas, responses, isSecure })
    paths[operation.address] = at
  }
  const isUsed = (group: string) => operations.some((operation) => operation.group === group)
  const tags = Object.entries(groups).filter(([name]) => isUsed(name))
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sigil',
      version: '1',
      summary: 'Sign users in, and revoke their tokens everywhere at once.',
      description: general,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    tags: tags.map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { Problem: problemSchema, OauthError: oauthErrorSchema, ...schemas.named },
      responses,
      headers: headerSchemas,
      securitySchemes: securitySchemes(isSecure),
    },
  }
}

const general = [
  'Errors are problem details (RFC 9457), explained at `/docs/errors/{code}`; OAuth endpoints return errors',
  'of RFC 6749. Times are RFC 3339 in UTC, identifiers are opaque. Responses may gain members: ignore',
  'unknown ones. Calls under `/api/` reject unknown fields in the body and the query. A call that changes',
  'something and carries a cookie must come from this site or an origin listed in SIGIL_CORS_ORIGINS. Every',
  'GET also answers HEAD. Malformed HTTP gets a 400 or 431 without a body, a request that is sent too slowly',
  'a 408, and an expectation other than `100-continue` a 417.',
].join(' ')

type Context = {
  readonly schemas: SchemaBook
  readonly responses: Record<string, JsonSchema>
  readonly isSecure: boolean
}

function described(operation: Operation, context: Context): JsonSchema {
  const { schemas, responses } = context
  const { route, id, group } = operation
  const { endpoint } = route
  const parameters = [
    ...operation.parameters.map((name) => pathParameter(name, route.method === 'ALL')),
    ...queryParameters(endpoint.query, schemas),
    ...(mayAnswerBefore(endpoint) ? [prefer] : []),
  ]
  return {
    operationId: id,
    tags: [group],
    summary: endpoint.summary,
    security: securityOf(operation),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(endpoint.body ? { requestBody: requestBody(route, schemas) } : {}),
    responses: { ...responsesOf(operation, context), ...errorResponses(operation, responses) },
  }
}

function securityOf({ proofs, isOpen }: Operation): JsonSchema[] {
  if (proofs.length === 0) return []
  return [...(isOpen ? [{}] : []), ...proofs.map((proof) => ({ [proof]: [] }))]
}

function pathParameter(name: string, isRest: boolean): JsonSchema {
  const rest = isRest ? { description: 'The rest of the path, including slashes' } : {}
  return { name, in: 'path', required: true, ...rest, schema: { type: 'string' } }
}

type Described = { properties?: Record<string, JsonSchema>; required?: string[] }

function queryParameters(query: Route<World>['endpoint']['query'], schemas: SchemaBook): JsonSchema[] {
  if (!query) return []
  const { properties = {}, required = [] }: Described = schemas.request(query)
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }))
}

/**
 * A 202 in addition to a 200 or 204 is the same response without the wait; alone it means that a message is
 * sent.
 */
function mayAnswerBefore({ responses }: AnyEndpoint<World>): boolean {
  return 202 in responses && (200 in responses || 204 in responses)
}

const prefer: JsonSchema = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description: '`respond-async` (RFC 7240): answer 202 at once, without waiting for propagation',
  schema: { type: 'string' },
}

function requestBody({ surface, endpoint: { body } }: Route<World>, schemas: SchemaBook): JsonSchema {
  if (!body) return {}
  const type = surface === 'oauth' ? 'application/x-www-form-urlencoded' : 'application/json'
  return { required: !body.safeParse({}).success, content: { [type]: { schema: schemas.request(body) } } }
}

/** The headers of every response with a status. */
function headersOf(endpoint: AnyEndpoint<World>, status: string): readonly string[] {
  if (status === '202' && mayAnswerBefore(endpoint)) return ['Preference-Applied']
  return status === '303' || status === '302' ? ['Location'] : []
}

function responsesOf(
  { route: { endpoint } }: Operation,
  { schemas, isSecure }: Context,
): Record<string, JsonSchema> {
  const type = endpoint.mediaType ?? 'application/json'
  const limited = endpoint.limit ? ['RateLimit', 'RateLimit-Policy'] : []
  const answer = (status: string, schema: Parameters<SchemaBook['response']>[0] | null) => ({
    description: STATUS_CODES[status] ?? status,
    headers: {
      ...headerRefs(['X-Request-Id', ...limited, ...headersOf(endpoint, status)]),
      ...ownHeaders({ ...endpoint.headers, ...cookieHeader(endpoint, isSecure) }),
    },
    ...(schema ? { content: { [type]: { schema: schemas.response(schema) } } } : {}),
  })
  const all = Object.entries(endpoint.responses)
  return Object.fromEntries(all.map(([status, schema]) => [status, answer(status, schema)]))
}

/** The purpose of each cookie. */
const contents: Readonly<Record<CookieName, string>> = {
  access: 'the access token',
  refresh: 'the refresh token, where it is sent as a cookie',
  session: 'the page session',
  knownBrowser: 'marks a browser that has signed in before',
  trustedDevice: 'marks a device that the user trusts, which skips the second factor',
  attempt: 'a sign-in on a page that waits for a second factor',
  codeBrowser: 'the browser that requested a sign-in code',
  upstream: 'binds a visit to an identity provider to the browser',
  link: 'a connection to an identity provider that waits to be confirmed',
  passkeyBrowser: 'binds challenges for passkeys to this browser',
  noPasskey: 'marks that the offer to add a passkey was declined',
  lastMethod: 'how this browser signed in last',
  zone: 'the time zone of the browser, set by a script of the pages',
  restore: 'an account that is being deleted and can be restored',
  interaction: 'a sign-in to an app that waits for the user',
  resume: 'binds a sign-in to an app to this browser',
  ticket: 'the ticket of one app, on its own host',
  appBrowser: 'binds a sign-in to the app to this browser',
  language: 'the chosen language',
  flash: 'the message of the next page',
}

function cookieHeader(
  { setsCookies = [], clearsCookies = [] }: AnyEndpoint<World>,
  isSecure: boolean,
): Record<string, string> {
  const named = (cookies: readonly CookieName[]) =>
    cookies.map((cookie) => `\`${cookieName(cookie, isSecure)}\` (${contents[cookie]})`).join(', ')
  const sentences = [
    ...(setsCookies.length > 0 ? [`Sets ${named(setsCookies)}.`] : []),
    ...(clearsCookies.length > 0 ? [`May clear ${named(clearsCookies)}.`] : []),
  ]
  return sentences.length > 0 ? { 'Set-Cookie': `${sentences.join(' ')} One header each.` } : {}
}

function securitySchemes(isSecure: boolean): Record<Exclude<Proof, 'page_session'>, JsonSchema> {
  const cookie = (name: 'access' | 'refresh', description: string) => ({
    type: 'apiKey',
    in: 'cookie',
    name: cookieName(name, isSecure),
    description,
  })
  return {
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token' },
    access_cookie: cookie('access', 'The same access token, in the cookie that sign-in sets'),
    refresh_cookie: cookie('refresh', 'The refresh token, where sign-in was called with `transport: cookie`'),
    verifier_key: {
      type: 'http',
      scheme: 'bearer',
      description: 'The verifier key of a resource server, from `sigil verifier add`',
    },
    verifier_basic: {
      type: 'http',
      scheme: 'basic',
      description: 'The name and the verifier key of a resource server',
    },
  }
}
