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

function said(call: string, status: number, headers: IncomingHttpHeaders, body?: unknown): void {
  const [method = '', target = ''] = call.split(' ')
  assertDocumented(method, target, {
    status,
    headers,
    text: body === undefined ? '' : JSON.stringify(body),
  })
}

const notSignedIn = { ...asProblem, 'www-authenticate': 'Bearer' }
const notAllowed = { ...problem, status: 405, code: 'method_not_allowed' }

test('an answer that the document describes passes, and so does what is none of its business', () => {
  said('GET /api/v1/me', 401, notSignedIn, problem)
  said('HEAD /api/v1/me', 401, notSignedIn)
  said('POST /api/v1/auth/verify?x=1', 200, json, { access: false })
  said('GET /api/v1/auth/verify', 204, { 'x-auth-user-id': 'a', 'x-request-id': 'b', date: 'c' })
  said('PROPFIND /ext_authz/some/page', 200, { 'x-auth-user-id': 'a' })
  said('PUT /api/v1/users/x/roles/y', 204, {})
  said('POST /api/v1/me', 405, { ...asProblem, allow: 'GET' }, notAllowed)
  said('OPTIONS /api/v1/me', 204, { vary: 'Origin' })
  said('GET /api/v1/me', 431, {})
  said('GET /nowhere', 404, asProblem, { strange: true })
  said('GET /api/v1/me', 502, { server: 'nginx', 'content-type': 'text/html' }, 'away')
  said('GET /account', 200, { 'content-type': 'text/html' }, 'a page')
})

test('an answer that it does not describe fails', () => {
  const wrong = [
    () => said('GET /api/v1/me', 418, notSignedIn, problem),
    () => said('GET /api/v1/me', 409, asProblem, { ...problem, status: 409, code: 'last_admin' }),
    () => said('GET /api/v1/me', 401, asProblem, problem),
    () => said('GET /api/v1/me', 401, notSignedIn, { ...problem, code: 'forbidden' }),
    () => said('GET /api/v1/me', 401, { ...notSignedIn, 'x-powered-by': 'x' }, problem),
    () => said('GET /api/v1/me', 401, { ...notSignedIn, ...json }, problem),
    () => said('GET /api/v1/me', 401, { ...notSignedIn, 'set-cookie': ['a=b'] }, problem),
    () => said('GET /api/v1/me', 200, json, { id: 'x' }),
    () => said('HEAD /api/v1/me', 401, notSignedIn, problem),
    () => said('POST /api/v1/auth/verify', 200, json, { access: 'yes' }),
    () => said('POST /api/v1/auth/verify', 200, json, { access: false, why: 'revoked' }),
    () => said('GET /api/v1/auth/verify', 200, {}),
    () => said('GET /api/v1/auth/verify', 204, {}, 'a body'),
    () => said('POST /api/v1/me', 405, asProblem, notAllowed),
    () => said('POST /api/v1/me', 204, {}),
    () => said('OPTIONS /api/v1/me', 200, {}),
    () => said('POST /api/v1/me', 405, { ...asProblem, allow: 'GET' }, { code: 'method_not_allowed' }),
    () => said('GET /api/v1/me', 502, { 'content-type': 'text/html' }, 'away'),
    () => said('GET /api/v1/me', 400, {}, problem),
  ]
  for (const one of wrong) assert.throws(one, /as the document does not say/, String(one))
})
