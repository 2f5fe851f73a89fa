import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes } from '#src/errors/errors.ts'
import { sourcesOf } from '#test/support/source.ts'

/** Tests say the code of the refusal that they provoke, as `'wrong_credentials'`. This one does not count. */
const tests = sourcesOf('test/**/*.test.ts').filter(({ path }) => path !== 'test/errors/errors.test.ts')

test('every refusal is provoked by a test', () => {
  const said = new Set(
    tests.flatMap(({ text }) => [...text.matchAll(/'([a-z_]+)'/g)].map(([, code]) => code)),
  )
  assert.deepEqual(
    Object.keys(errorCodes).filter((code) => !said.has(code)),
    [],
  )
})

test('every refusal says in each language what happened, then what to do', () => {
  for (const [code, { en, ru }] of Object.entries(errorCodes)) {
    assert.match(code, /^[a-z]+(?:_[a-z]+)*$/)
    for (const [language, sentence] of Object.entries({ en, ru })) {
      assert.ok((sentence.match(/[.;](?: |$)/g) ?? []).length >= 2, `${code} in ${language}: ${sentence}`)
      assert.ok(!/oops|sorry|!/i.test(sentence), `${code} in ${language}: ${sentence}`)
    }
    assert.match(ru, /[а-я]/)
    assert.doesNotMatch(en, /[а-я]/i)
  }
})
