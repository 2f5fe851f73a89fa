import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { maxBodyBytes, readForm, readJson } from '#src/http/body.ts'
import { bodyBudget } from '#src/http/body-budget.ts'
import { testClock } from '#test/support/test-clock.ts'

function reception() {
  return { maxBytes: maxBodyBytes, receiving: bodyBudget(testClock()).begin('192.0.2.1') }
}

test('an incomplete body is an error of the client, not of the server', async () => {
  for (const read of [readJson, readForm]) {
    const incoming = new IncomingMessage(new Socket())
    incoming.headers['content-type'] = 'application/json'
    incoming.push('{"a":')
    const reading = read(incoming, reception())
    setImmediate(() => incoming.destroy(new Error('aborted')))
    await assert.rejects(reading, { name: 'AppError', code: 'invalid_request' })
  }
})

test('an empty body is the empty object, with any content type', async () => {
  for (const type of [undefined, 'application/json', 'text/plain']) {
    const incoming = new IncomingMessage(new Socket())
    if (type !== undefined) incoming.headers['content-type'] = type
    incoming.push(null)
    assert.deepEqual(await readJson(incoming, reception()), {})
  }
})

test('a form with a field twice is an error', async () => {
  const sent = (text: string, type = 'application/x-www-form-urlencoded; charset=utf-8') => {
    const incoming = new IncomingMessage(new Socket())
    incoming.headers['content-type'] = type
    incoming.push(text)
    incoming.push(null)
    return readForm(incoming, reception())
  }
  const read = await sent('a=1&__proto__=2&b=%D0%A8+x')
  assert.deepEqual(Object.entries(read), [
    ['a', '1'],
    ['__proto__', '2'],
    ['b', 'Ш x'],
  ])
  await assert.rejects(sent('a=1&%61=2'), { code: 'invalid_request' })
  await assert.rejects(sent('a=1', 'application/json'), { code: 'not_a_form' })
})
