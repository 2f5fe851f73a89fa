import { STATUS_CODES } from 'node:http'
import { type CookieName, cookieName } from '#src/http/cookies.ts'
import type { AnyEndpoint, Proof } from '#src/http/endpoint.ts'
import type { Route } from '#src/http/mount.ts'
import {
  errorResponses,
  headerSchemas,
  headersSaying,
  oauthErrorSchema,
  problemSchema,
  referTo,
} from '#src/reference/openapi-errors.ts'
import { groups, type Operation, operationsOf } from '#src/reference/operation.ts'
import { type JsonSchema, openSchemaBook, type SchemaBook } from '#src/reference/schema-book.ts'
import type { World } from '#src/world/world.ts'

/** Where the server is found, and whether by https, which decides how its cookies are named. */
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
      summary: 'Sign people in, and end what they began everywhere at once.',
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
  'Every no is a problem of RFC 9457, explained at `/docs/errors/{code}`; OAuth endpoints answer as RFC',
  '6749 says. Times are RFC 3339 in UTC, identifiers are opaque. Answers may gain members: ignore what you',
  'do not know. What a call under `/api/` does not take, in its body or its query, is refused. A call that',
  'changes something and carries a cookie must come from this site or a listed origin. Every GET may be made',
  'as HEAD. What is no HTTP that the server can read gets a bare 400 or 431, what is sent too slowly a bare',
  '408, and what expects anything but `100-continue` a bare 417.',
].join(' ')

type Shelf = {
  readonly schemas: SchemaBook
  readonly responses: Record<string, JsonSchema>
  readonly isSecure: boolean
}

function described(operation: Operation, shelf: Shelf): JsonSchema {
  const { schemas, responses } = shelf
  const { route, id, group } = operation
  const { endpoint } = route
  const parameters = [
    ...operation.parameters.map((name) => pathParameter(name, route.method === 'ALL')),
    ...queryParameters(endpoint.query, schemas),
    ...(202 in endpoint.responses ? [prefer] : []),
  ]
  return {
    operationId: id,
    tags: [group],
    summary: endpoint.summary,
    security: securityOf(operation),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(endpoint.body ? { requestBody: requestBody(route, schemas) } : {}),
    responses: { ...answersOf(operation, shelf), ...errorResponses(operation, responses) },
  }
}

function securityOf({ proofs, isOpen }: Operation): JsonSchema[] {
  if (proofs.length === 0) return []
  return [...(isOpen ? [{}] : []), ...proofs.map((proof) => ({ [proof]: [] }))]
}

function pathParameter(name: string, isRest: boolean): JsonSchema {
  const rest = isRest ? { description: 'The rest of the address, slashes too' } : {}
  return { name, in: 'path', required: true, ...rest, schema: { type: 'string' } }
}

type Described = { properties?: Record<string, JsonSchema>; required?: string[] }

function queryParameters(query: Route<World>['endpoint']['query'], schemas: SchemaBook): JsonSchema[] {
  if (!query) return []
  const { properties = {}, required = [] }: Described = schemas.sent(query)
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }))
}

const prefer: JsonSchema = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description: '`respond-async` (RFC 7240): answer 202 at once, before it holds everywhere',
  schema: { type: 'string' },
}

function requestBody({ surface, endpoint: { body } }: Route<World>, schemas: SchemaBook): JsonSchema {
  if (!body) return {}
  const type = surface === 'oauth' ? 'application/x-www-form-urlencoded' : 'application/json'
  return { required: !body.safeParse({}).success, content: { [type]: { schema: schemas.sent(body) } } }
}

/** What every answer of a status has. */
const headersOf: Readonly<Record<string, readonly string[]>> = {
  202: ['Preference-Applied'],
  303: ['Location'],
}

function answersOf(
  { route: { endpoint } }: Operation,
  { schemas, isSecure }: Shelf,
): Record<string, JsonSchema> {
  const type = endpoint.mediaType ?? 'application/json'
  const limited = endpoint.limit ? ['RateLimit', 'RateLimit-Policy'] : []
  const answer = (status: string, schema: Parameters<SchemaBook['given']>[0] | null) => ({
    description: STATUS_CODES[status] ?? status,
    headers: {
      ...referTo(['X-Request-Id', ...limited, ...(headersOf[status] ?? [])]),
      ...headersSaying({ ...endpoint.headers, ...cookieHeader(endpoint, isSecure) }),
    },
    ...(schema ? { content: { [type]: { schema: schemas.given(schema) } } } : {}),
  })
  const all = Object.entries(endpoint.responses)
  return Object.fromEntries(all.map(([status, schema]) => [status, answer(status, schema)]))
}

/** What the cookies carry that calls of the API set or take away. */
const carries: Readonly<Record<CookieName, string>> = {
  access: 'the access token',
  refresh: 'the refresh token, where it travels as a cookie',
  session: 'the session of our own pages',
  knownBrowser: 'that this browser has signed in',
  attempt: 'a sign-in on a page that waits for a second factor',
  passkeyBrowser: 'what challenges for passkeys are bound to',
  noPasskey: 'that the offer to add a passkey was declined',
  language: 'the language that was chosen',
}

function cookieHeader(
  { setsCookies = [], clearsCookies = [] }: AnyEndpoint<World>,
  isSecure: boolean,
): Record<string, string> {
  const named = (cookies: readonly CookieName[]) =>
    cookies.map((cookie) => `\`${cookieName(cookie, isSecure)}\` (${carries[cookie]})`).join(', ')
  const said = [
    ...(setsCookies.length > 0 ? [`Sets ${named(setsCookies)}.`] : []),
    ...(clearsCookies.length > 0 ? [`May take away ${named(clearsCookies)}.`] : []),
  ]
  return said.length > 0 ? { 'Set-Cookie': `${said.join(' ')} Each in a header of its own.` } : {}
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
    access_cookie: cookie('access', 'The same access token, as sign-in leaves it with a browser'),
    refresh_cookie: cookie('refresh', 'The refresh token, where the sign-in asked for the cookie'),
    verifier_key: {
      type: 'http',
      scheme: 'bearer',
      description: 'The key of a resource server, as `sigil verifier add` prints it',
    },
    verifier_basic: {
      type: 'http',
      scheme: 'basic',
      description: 'The name and the key of a resource server',
    },
  }
}
