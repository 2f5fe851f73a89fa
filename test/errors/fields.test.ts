import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { fieldCodes, fieldMessage, parsing } from '#src/errors/fields.ts'
import { errorOf } from '#src/http/problem.ts'
import { text } from '#src/http/text.ts'
import { sourcesOf } from '#test/support/source.ts'

const Body = z.strictObject({
  email: z.string().min(2).max(5),
  count: z.number().max(3).optional(),
  kind: z.enum(['body', 'cookie']).optional(),
  list: z.array(z.string()).max(1).optional(),
  own: z.string('Words of its own.').optional(),
})

function saidOf(value: unknown): Record<string, string> {
  const { error } = Body.safeParse(value, { error: fieldMessage })
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

test('what is wrong has one code, whichever schema found it', () => {
  const Sent = z.strictObject({
    name: text({ min: 2, max: 5 }),
    list: z.array(z.string()).min(1).max(1).optional(),
    count: z.int().min(1).max(3).optional(),
    kind: z.enum(['body']).optional(),
    id: z.string().regex(/^a/).optional(),
    either: z.union([z.number(), z.boolean()]).optional(),
  })
  const codesOf = (value: unknown) => {
    const { error } = Sent.safeParse(value, parsing)
    const { errors = [] } = errorOf(error ?? { issues: [] }).details
    return errors.map(({ pointer, code }) => `${pointer} ${code}`)
  }
  const wrong: [object, string[]][] = [
    [{}, ['/name missing']],
    [{ name: null }, ['/name invalid_type']],
    [{ name: 'a', list: [], count: 0 }, ['/name too_short', '/list too_short', '/count too_small']],
    [{ name: 'abcdef', list: ['', ''], count: 4 }, ['/name too_long', '/list too_long', '/count too_big']],
    [{ name: 'ab\0' }, ['/name invalid_text']],
    [{ name: 'ab\ud800' }, ['/name invalid_text']],
    [{ name: 'ab', count: 1.5 }, ['/count invalid_type']],
    [{ name: 'ab', kind: 'x', id: 'b' }, ['/kind invalid_value', '/id invalid_format']],
    [{ name: 'ab', either: 'x' }, ['/either invalid_value']],
    [{ name: 'ab', other: 1 }, ['/other unknown_key']],
  ]
  for (const [value, codes] of wrong) assert.deepEqual(codesOf(value), codes, JSON.stringify(value))
  assert.deepEqual(codesOf({ name: 'ab' }), [])
})

test('every code is said somewhere, and says what is wrong', () => {
  const sources = sourcesOf('src/**/*.ts').filter(({ path }) => !path.startsWith('src/pages/'))
  for (const [code, summary] of Object.entries(fieldCodes)) {
    assert.match(summary, /^[A-Z].*\.$/)
    assert.ok(
      sources.some(({ text: source }) => source.includes(`'${code}'`)),
      code,
    )
  }
})
