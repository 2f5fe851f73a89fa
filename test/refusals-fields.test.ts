import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { saysOfField } from '#src/refusals-fields.ts'

const Body = z.strictObject({
  email: z.string().min(2).max(5),
  count: z.number().max(3).optional(),
  kind: z.enum(['body', 'cookie']).optional(),
  list: z.array(z.string()).max(1).optional(),
  own: z.string('Words of its own.').optional(),
})

function saidOf(value: unknown): Record<string, string> {
  const { error } = Body.safeParse(value, { error: saysOfField })
  return Object.fromEntries(error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? [])
}

test('a field that is wrong is told what to do, in words and without what was sent', () => {
  assert.deepEqual(saidOf({}), { email: 'This is missing. Give it.' })
  assert.deepEqual(saidOf({ email: 5, count: 'hunter2', kind: 'hunter2', list: ['a', 'b'] }), {
    email: 'Give a text.',
    count: 'Give a number.',
    kind: 'Give one of: body, cookie.',
    list: 'Give at most 1 entries.',
  })
  assert.deepEqual(saidOf({ email: 'hunter2', count: 4 }), {
    email: 'Give at most 5 characters.',
    count: 'Give at most 3.',
  })
  assert.deepEqual(saidOf({ email: 'a' }), { email: 'Give at least 2 characters.' })
  assert.deepEqual(saidOf({ email: 'abc', foo: 1 }), { '': 'Nothing here is called foo. Leave it out.' })
})

test('a schema that has words of its own is left them', () => {
  assert.deepEqual(saidOf({ email: 'abc', own: 5 }), { own: 'Words of its own.' })
  assert.deepEqual(saidOf({ email: 'abc' }), {})
})
