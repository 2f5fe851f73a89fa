import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { Language } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn, validated } from '#src/errors/field-errors.ts'
import { fieldCodes } from '#src/errors/fields.ts'
import { text } from '#src/http/text.ts'
import { sourcesOf } from '#test/support/source.ts'

const Body = z.strictObject({
  email: z.string().min(2).max(5),
  count: z.number().max(3).optional(),
  kind: z.enum(['body', 'cookie']).optional(),
  list: z.array(z.string()).max(1).optional(),
  own: z.string('A custom message.').optional(),
})

/** The errors of a value by field, in one language. */
function detailsOf(value: unknown, language: Language = 'en', schema: z.ZodType = Body) {
  const errors = fieldErrorsIn(language, errorsOf(schema, value))
  return Object.fromEntries(errors.map(({ pointer, detail }) => [pointer, detail]))
}

function errorsOf(schema: z.ZodType, value: unknown) {
  try {
    validated(schema, value)
    return []
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'invalid_request')
    return error.details.errors ?? []
  }
}

test('field errors have zod sentences in English and Russian, without the values sent', () => {
  const wrong = { email: 'hunter2', count: 'hunter2', kind: 'hunter2', list: ['a', 'b'] }
  assert.deepEqual(detailsOf(wrong), {
    '/email': 'Too big: expected string to have <=5 characters.',
    '/count': 'Invalid input: expected number, received string.',
    '/kind': 'Invalid option: expected one of "body"|"cookie".',
    '/list': 'Too big: expected array to have <=1 items.',
  })
  const russian = detailsOf(wrong, 'ru')
  assert.deepEqual(Object.keys(russian), ['/email', '/count', '/kind', '/list'])
  assert.equal(russian['/count'], 'Неверный ввод: ожидалось число, получено string.')
  for (const detail of Object.values(russian)) assert.ok(!String(detail).includes('hunter2'))
})

test('a missing field and an unknown field have sentences of our own in both languages', () => {
  assert.deepEqual(detailsOf({}), { '/email': 'Required.' })
  assert.deepEqual(detailsOf({}, 'ru'), { '/email': 'Обязательное поле.' })
  const typed = { email: 'abc', foo: 1, kimd: 'body' }
  assert.deepEqual(detailsOf(typed), {
    '/foo': 'Unknown field `foo`. Remove it.',
    '/kimd': 'Unknown field `kimd`. Did you mean `kind`?',
  })
  assert.equal(detailsOf(typed, 'ru')['/kimd'], 'Неизвестное поле `kimd`. Может быть, `kind`?')
})

test('a wrong, a missing and an unknown field in one body are all reported', () => {
  const Both = z.strictObject({ email: text({ min: 1, max: 9 }), password: z.string(), count: z.number() })
  const codes = errorsOf(Both, { email: 'a\0', pasword: 'x', count: '5' }).map(
    ({ pointer, code }) => `${pointer} ${code}`,
  )
  assert.deepEqual(codes, [
    '/email invalid_text',
    '/password missing',
    '/count invalid_type',
    '/pasword unknown_key',
  ])
})

test('a custom message of a schema is kept', () => {
  assert.deepEqual(detailsOf({ email: 'abc', own: 5 }), { '/own': 'A custom message.' })
  assert.deepEqual(detailsOf({ email: 'abc' }), {})
})

test('8,100 unknown fields are reported as 20, with long names cut', () => {
  for (const length of [0, 200, 50_000]) {
    const names = Array.from({ length: length > 1000 ? 2 : 8100 }, (_, at) => `${at}${'k'.repeat(length)}`)
    const errors = fieldErrorsIn(
      'en',
      errorsOf(Body, { email: 'abc', ...Object.fromEntries(names.map((name) => [name, 1])) }),
    )
    assert.equal(errors.length, Math.min(20, names.length))
    assert.ok(JSON.stringify(errors).length < 5000)
  }
})

test('an error has the same field code in every schema', () => {
  const Sent = z.strictObject({
    name: text({ min: 2, max: 5 }),
    list: z.array(z.string()).min(1).max(1).optional(),
    count: z.int().min(1).max(3).optional(),
    kind: z.enum(['body']).optional(),
    id: z.string().regex(/^a/).optional(),
    either: z.union([z.number(), z.boolean()]).optional(),
  })
  const codesOf = (value: unknown) => errorsOf(Sent, value).map(({ pointer, code }) => `${pointer} ${code}`)
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

test('every field code is used, and has a sentence in English and Russian', () => {
  const sources = sourcesOf('src/**/*.ts').filter(({ path }) => !path.startsWith('src/pages/'))
  for (const [code, { en, ru }] of Object.entries(fieldCodes)) {
    assert.match(en, /^[A-Z].*\.$/)
    assert.match(ru, /^[А-Я].*\.$/)
    assert.ok(
      sources.some(({ text: source }) => source.includes(`'${code}'`)),
      code,
    )
  }
})
