import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { errorCodes } from '#src/errors/error-codes.ts'
import { anyone } from '#src/guards.ts'
import { empty, json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { Route } from '#src/http/mount.ts'
import { openapiOf } from '#src/reference/openapi.ts'
import { groups, operationsOf } from '#src/reference/operation.ts'
import { routes } from '#src/routes.ts'
import type { World } from '#src/world/world.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { isObject, resolved, wrongWith } from '#test/support/json-schema.ts'
import { documentIn, undocumentedIn } from '#test/support/openapi-document.ts'
import { arrived, goodPassword, newEmail, signUp } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const place = { publicUrl: 'https://sigil.example', isSecure: true }
const document = openapiOf(routes, place)
const paths = Object(document.paths) as Record<string, Record<string, Record<string, unknown>>>
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

/** All objects in the document, at any depth. */
function partsOf(value: unknown): Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return value.flatMap(partsOf)
  return isObject(value) ? [value, ...Object.values(value).flatMap(partsOf)] : []
}

test('the OpenAPI document describes email, username and the login fields', () => {
  const bodyOf = (path: string) => {
    const { operation } = operations.find((one) => one.path === path && one.method === 'post') ?? {}
    const parts = partsOf(operation?.requestBody)
    return Object(parts.find(({ properties }) => properties !== undefined))
  }
  const { email, username } = bodyOf('/api/v1/auth/signup').properties
  assert.equal(email.format, 'email')
  const [written, none] = username.anyOf
  assert.deepEqual([written.minLength, written.maxLength, none.type], [2, 64, 'null'])
  // Generators of clients turn a choice of required members into types that cannot be used.
  const { properties, required } = bodyOf('/api/v1/auth/signin')
  assert.deepEqual(Object.keys(properties), ['login', 'email', 'password', 'transport'])
  assert.deepEqual(required, ['password'])
  assert.deepEqual(
    partsOf(document).filter(({ oneOf }) => oneOf !== undefined),
    [],
  )
})

test('the OpenAPI document has every route except the pages', () => {
  const described = new Set(operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`))
  for (const { method, path, surface } of routes) {
    const address = path.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{path}')
    const methods = method === 'ALL' ? ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] : [method]
    for (const one of methods) {
      assert.equal(described.has(`${one} ${address}`), surface !== 'page', `${one} ${address}`)
    }
  }
})

test('every area of the API is a group of the reference', () => {
  const areas = operationsOf(routes).flatMap(({ address }) => /^\/api\/v1\/(\w+)\//.exec(address)?.[1] ?? [])
  assert.deepEqual(
    areas.filter((area) => !(area in groups)),
    [],
  )
})

test('the references of the OpenAPI document resolve, and its operation ids are unique', () => {
  const parts = partsOf(document)
  const references = parts.filter(({ $ref }) => $ref !== undefined)
  assert.ok(references.length > 100)
  for (const reference of references) resolved(document, reference)
  assert.throws(() => resolved(document, { $ref: '#/components/schemas/Nothing' }))
  const ids = operations.map(({ operation }) => String(operation.operationId))
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  )
  for (const id of ids) assert.match(id, /^[a-z0-9_]+$/)
})

test('the OpenAPI document describes all path parameters and security schemes', () => {
  const schemes = Object(Object(document.components).securitySchemes)
  for (const { path, operation } of operations) {
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const parameters = Object(operation.parameters ?? []) as { name: string; in: string }[]
    assert.deepEqual(
      parameters.filter((one) => one.in === 'path').map(({ name }) => name),
      wanted,
    )
    for (const one of Object(operation.security)) {
      for (const scheme of Object.keys(one)) assert.ok(scheme in schemes, scheme)
    }
  }
  assert.equal(schemes.access_cookie.name, '__Host-access_token')
  assert.equal(schemes.refresh_cookie.name, '__Secure-refresh_token')
})

test('the OpenAPI document names the cookies that a call sets or clears', () => {
  const cookieHeaderOf = (path: string, method: string, status: string, its = paths) => {
    const answers = Object(its[path]?.[method]?.responses) as Record<string, { headers: object }>
    return JSON.stringify(Object(answers[status]?.headers)['Set-Cookie'] ?? '')
  }
  const [access, refresh] = ['__Host-access_token', '__Secure-refresh_token']
  const named: [string, string, string, string[]][] = [
    [
      '/api/v1/auth/signin',
      'post',
      '200',
      [access, refresh, '__Host-known_browser', refresh, '__Host-session'],
    ],
    ['/api/v1/auth/refresh', 'post', '200', [access, refresh]],
    ['/api/v1/auth/logout', 'post', '204', [access, refresh, '__Host-session']],
    ['/api/v1/auth/logout', 'post', '202', [access, refresh, '__Host-session']],
    ['/api/v1/auth/logout_all', 'post', '200', [access, refresh, '__Host-session']],
    ['/api/v1/me/password', 'put', '200', [access, refresh, '__Host-session']],
    ['/api/v1/me', 'delete', '204', [access, refresh, '__Host-session']],
    ['/api/v1/me', 'get', '200', []],
  ]
  for (const [path, method, status, cookies] of named) {
    const names = [...cookieHeaderOf(path, method, status).matchAll(/`([^`]+)`/g)].map(([, name]) => name)
    assert.deepEqual(names, cookies, `${method} ${path}`)
  }
  const plain = Object(openapiOf(routes, { ...place, isSecure: false }).paths)
  assert.match(cookieHeaderOf('/api/v1/auth/signin', 'post', '200', plain), /`access_token`/)
})

test('the OpenAPI document lists all errors of an endpoint by status', () => {
  for (const { method, path, surface, endpoint } of routes) {
    if (method === 'ALL' || surface !== 'api') continue
    const operation = paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
    const codes = [...endpoint.errors, 'method_not_allowed', 'internal', 'unavailable'] as const
    const ofBodies = [
      'invalid_request',
      'body_timeout',
      'too_many_bodies',
      'too_large',
      'unsupported_media_type',
      'encoded_body',
    ] as const
    for (const code of endpoint.body ? [...codes, ...ofBodies] : codes) {
      const answer = resolved(document, Object(operation?.responses)[errorCodes[code].status] ?? {})
      assert.ok(JSON.stringify(answer).includes(`"${code}"`), `${method} ${path} ${code}`)
    }
  }
})

test('a new endpoint of the route table is in the OpenAPI document with all its parts', () => {
  const added: Route<World> = {
    method: 'PUT',
    path: '/api/v1/things/:id',
    guard: anyone,
    surface: 'api',
    sameSiteOnly: false,
    endpoint: endpoint({
      summary: 'Stores a thing.',
      body: z.strictObject({ colour: z.enum(['red', 'green']), note: z.string().default('') }),
      query: z.object({ loud: z.string().optional().describe('How loud') }),
      responses: { 200: z.object({ id: z.string() }), 204: null },
      errors: ['last_admin'],
      handle: () => empty(204),
    }),
  }
  const made = openapiOf([...routes, added], place)
  const one = Object(made.paths)['/api/v1/things/{id}'].put
  assert.equal(one.summary, 'Stores a thing.')
  assert.deepEqual(one.security, [])
  assert.deepEqual(one.parameters, [
    { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    { name: 'loud', in: 'query', required: false, description: 'How loud', schema: { type: 'string' } },
  ])
  assert.equal(one.requestBody.required, true)
  const { schema } = one.requestBody.content['application/json']
  assert.deepEqual([schema.required, schema.additionalProperties], [['colour'], false])
  const statuses = '200 204 400 403 404 405 408 409 413 415 429 500 503'.split(' ')
  assert.deepEqual(Object.keys(one.responses).sort(), statuses)
})

test('two different schemas with one name are an error', () => {
  const [first] = routes
  assert.ok(first)
  const other = (path: string, schema: z.ZodType): Route<World> => ({
    ...first,
    path,
    endpoint: endpoint({ summary: '', responses: { 200: schema }, errors: [], handle: () => json(200, {}) }),
  })
  const same = z.object({ a: z.string() }).meta({ id: 'Same' })
  openapiOf([other('/a', same), other('/b', z.array(same))], place)
  const another = z.object({ b: z.string() }).meta({ id: 'User' })
  assert.throws(() => openapiOf([other('/b', another), ...routes], place), /User/)
})

test('the JSON schema checker rejects wrong values', () => {
  const schema = {
    type: 'object',
    properties: { at: { type: 'string', format: 'date-time' }, n: { type: ['integer', 'null'] } },
    required: ['at'],
  }
  const good = { at: '2026-01-02T03:04:05Z', n: null }
  assert.deepEqual(wrongWith({}, schema, good), [])
  for (const bad of [{}, { ...good, n: 'x' }, { at: 'yesterday' }, { ...good, more: 1 }, [], null, 'x']) {
    assert.notDeepEqual(wrongWith({}, schema, bad), [], JSON.stringify(bad))
  }
  assert.throws(() => wrongWith({}, { contains: {} }, []))
})

onBothEngines('the served OpenAPI document', (engine) => {
  const server = serverForSuite(engine)

  test('the OpenAPI document is public and describes the responses of the server', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const served = documentIn((await client.get('/openapi.json')).text)
    assert.deepEqual(served.json.servers, [{ url: world.settings.publicUrl }])
    const call = (id: string) => served.calls.find((one) => one.id === id) ?? assert.fail(id)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const replies = [
      ['post_auth_signup', await signUp(client, { email: newEmail(), password: goodPassword })],
      ['post_auth_signup', await signUp(client, { mail: 1 })],
      ['get_me', await client.get('/api/v1/me', { bearer })],
      ['get_me', await client.get('/api/v1/me')],
      ['get_me_export', await client.get('/api/v1/me/export', { bearer })],
      ['get_users', await client.get('/api/v1/users', { bearer })],
      ['post_auth_verify', await client.post('/api/v1/auth/verify', { token: bearer })],
      ['post_oauth_introspect', await client.post('/oauth/introspect')],
      ['get_well_known_jwks_json', await client.get('/.well-known/jwks.json')],
      ['get_readyz', await client.get('/readyz')],
      ['get_openapi_json', await client.get('/openapi.json')],
    ] as const
    for (const [id, reply] of replies) assert.deepEqual(undocumentedIn(served, call(id), reply), [])
    const foreign = await client.get('/api/v1/me', { bearer })
    assert.notDeepEqual(undocumentedIn(served, call('get_me_sessions'), foreign), [])
  })
})
