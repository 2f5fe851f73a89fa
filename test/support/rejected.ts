import assert from 'node:assert/strict'
import { type ErrorCode, errorCodes } from '#src/errors/error-codes.ts'
import type { Reply } from '#test/support/client.ts'

/** Asserts that a response is this error, in the form that all errors have (RFC 9457). */
export function assertRefused(reply: Reply, code: ErrorCode): void {
  const { status, en } = errorCodes[code]
  const { body, headers } = reply
  assert.equal(body.code, code, `${reply.status} ${reply.text}`)
  assert.equal(reply.status, status)
  assert.equal(headers['content-type'], 'application/problem+json')
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['content-language'], 'en')
  const own: Partial<Record<ErrorCode, string[]>> = {
    step_up_required: ['methods'],
    account_being_deleted: ['restore_token', 'deletes_at'],
  }
  const known = [...(own[code] ?? []), 'code', 'detail', 'errors', 'request_id', 'status', 'title', 'type']
  assert.deepEqual(
    Object.keys(body).filter((name) => !known.includes(name)),
    [],
  )
  assert.deepEqual([body.type, body.status, body.detail], [`/docs/errors/${code}`, status, en])
  assert.ok(body.title !== '' && en.startsWith(body.title), body.title)
  assert.match(body.request_id, /^[\w-]{22}$/)
  assert.equal(headers['x-request-id'], body.request_id)
  // Whether the call carried a token is not known here.
  const challenge = headers['www-authenticate']
  const isOfToken = code === 'not_signed_in' && challenge === 'Bearer realm="sigil", error="invalid_token"'
  const isStepUp = code === 'step_up_required' && /insufficient_user_authentication/.test(challenge ?? '')
  if (!isOfToken && !isStepUp) assert.equal(challenge, status === 401 ? 'Bearer realm="sigil"' : undefined)
  if (status === 503) assert.match(headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
}

/** Asserts that the body was rejected because of this field. */
export function assertFieldRefused(reply: Reply, pointer: string, code?: string): void {
  assertRefused(reply, 'invalid_request')
  const named = reply.body.errors.filter((one) => one.pointer === pointer)
  assert.ok(named.length > 0, `no error for ${pointer}: ${reply.text}`)
  if (code !== undefined)
    assert.ok(
      named.some((one) => one.code === code),
      reply.text,
    )
}
