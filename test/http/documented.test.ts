import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { test } from 'node:test'
import { assertDocumented } from '#test/support/documented.ts'

const json = { 'content-type': 'application/json' }
const asProblem = { 'content-type': 'application/problem+json' }

const problem = {
  type: '/docs/errors/not_signed_in',
  title: 'You are not signed in.',
  status: 401,
  detail: 'You are not signed in. Sign in and try again.',
  code: 'not_signed_in',
  request_id: 'x'.repeat(22),
}

function answer(call: string, status: number, headers: IncomingHttpHeaders, body?: unknown): void {
  const [method = '', target = ''] = call.split(' ')
  assertDocumented(method, target, {
    status,
    headers,
    text: body === undefined ? '' : JSON.stringify(body),
  })
}

const notSignedIn = { ...asProblem, 'www-authenticate': 'Bearer' }
const notAllowed = { ...problem, status: 405, code: 'method_not_allowed' }

test('answers that the OpenAPI document describes, and pages, are accepted', () => {
  answer('GET /api/v1/me', 401, notSignedIn, problem)
  answer('HEAD /api/v1/me', 401, notSignedIn)
  answer('POST /api/v1/auth/verify?x=1', 200, json, { access: false })
  answer('GET /api/v1/auth/verify', 204, { 'x-auth-user-id': 'a', 'x-request-id': 'b', date: 'c' })
  answer('PROPFIND /ext_authz/some/page', 200, { 'x-auth-user-id': 'a' })
  answer('PUT /api/v1/users/x/roles/y', 204, {})
  answer('POST /api/v1/me', 405, { ...asProblem, allow: 'GET' }, notAllowed)
  answer('OPTIONS /api/v1/me', 204, { vary: 'Origin' })
  answer('GET /api/v1/me', 431, {})
  answer('GET /nowhere', 404, asProblem, { strange: true })
  answer('GET /api/v1/me', 502, { server: 'nginx', 'content-type': 'text/html' }, 'away')
  answer('GET /account', 200, { 'content-type': 'text/html' }, 'a page')
})

test('an answer that the OpenAPI document does not describe is rejected', () => {
  const wrong = [
    () => answer('GET /api/v1/me', 418, notSignedIn, problem),
    () => answer('GET /api/v1/me', 409, asProblem, { ...problem, status: 409, code: 'last_admin' }),
    () => answer('GET /api/v1/me', 401, asProblem, problem),
    () => answer('GET /api/v1/me', 401, notSignedIn, { ...problem, code: 'forbidden' }),
    () => answer('GET /api/v1/me', 401, { ...notSignedIn, 'x-powered-by': 'x' }, problem),
    () => answer('GET /api/v1/me', 401, { ...notSignedIn, ...json }, problem),
    () => answer('GET /api/v1/me', 401, { ...notSignedIn, 'set-cookie': ['a=b'] }, problem),
    () => answer('GET /api/v1/me', 200, json, { id: 'x' }),
    () => answer('HEAD /api/v1/me', 401, notSignedIn, problem),
    () => answer('POST /api/v1/auth/verify', 200, json, { access: 'yes' }),
    () => answer('POST /api/v1/auth/verify', 200, json, { access: false, why: 'revoked' }),
    () => answer('GET /api/v1/auth/verify', 200, {}),
    () => answer('GET /api/v1/auth/verify', 204, {}, 'a body'),
    () => answer('POST /api/v1/me', 405, asProblem, notAllowed),
    () => answer('POST /api/v1/me', 204, {}),
    () => answer('OPTIONS /api/v1/me', 200, {}),
    () => answer('POST /api/v1/me', 405, { ...asProblem, allow: 'GET' }, { code: 'method_not_allowed' }),
    () => answer('GET /api/v1/me', 502, { 'content-type': 'text/html' }, 'away'),
    () => answer('GET /api/v1/me', 400, {}, problem),
  ]
  for (const one of wrong) assert.throws(one, /has an undocumented response/, String(one))
})
