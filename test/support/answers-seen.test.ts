import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openRecord, unseenIn } from '#test/support/answers-seen.ts'

const problem = { 'content-type': 'application/problem+json' }
const freshFolder = () => mkdtempSync(join(tmpdir(), 'sigil-answers-'))

test('error codes and routes that no test has seen are reported', () => {
  const folder = freshFolder()
  const before = unseenIn(folder)
  assert.ok(before.includes('No test receives the error forbidden.'))
  assert.ok(before.includes('No test sees DELETE /api/v1/users/:id succeed.'))
  const record = openRecord(folder, '/test/me/me.test.ts')
  record('DELETE', '/api/v1/users/x', { status: 204, headers: {}, text: '' })
  const text = '{"detail":"No.","code":"forbidden","request_id":"x"}'
  record('GET', '/api/v1/users/x', { status: 403, headers: problem, text })
  record('POST', '/oauth/introspect', {
    status: 401,
    headers: { 'content-type': 'application/json' },
    text: '{"error":"invalid_client"}',
  })
  const page = '<a href="/docs/errors/sign_up_closed">'
  record('GET', '/sign-up', { status: 403, headers: { 'content-type': 'text/html' }, text: page })
  const seen = before.filter((line) => !unseenIn(folder).includes(line))
  assert.deepEqual(seen.sort(), [
    'No test receives the error forbidden.',
    'No test receives the error invalid_client.',
    'No test receives the error sign_up_closed.',
    'No test sees DELETE /api/v1/users/:id succeed.',
  ])
})

test('errors, redirects to sign-in and sweeping tests do not count as a success of a route', () => {
  const folder = freshFolder()
  const before = unseenIn(folder)
  const record = openRecord(folder, '/test/me/me.test.ts')
  record('DELETE', '/api/v1/users/x', { status: 404, headers: {}, text: '' })
  record('GET', '/account', { status: 303, headers: { location: '/sign-in?next=%2Faccount' }, text: '' })
  record('POST', '/account/delete', { status: 303, headers: { location: '/sign-in' }, text: '' })
  const sweep = openRecord(folder, '/test/http/matrix.test.ts')
  sweep('DELETE', '/api/v1/users/x', { status: 204, headers: {}, text: '' })
  openRecord(undefined)('DELETE', '/api/v1/users/x', { status: 204, headers: {}, text: '' })
  assert.deepEqual(unseenIn(folder), before)
})
