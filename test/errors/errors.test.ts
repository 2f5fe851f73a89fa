import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes } from '#src/errors/error-codes.ts'

test('every error message describes in English and Russian what happened, then what to do', () => {
  for (const [code, { en, ru }] of Object.entries(errorCodes)) {
    assert.match(code, /^[a-z]+(?:_[a-z]+)*$/)
    for (const [language, message] of Object.entries({ en, ru })) {
      assert.ok((message.match(/[.;](?: |$)/g) ?? []).length >= 2, `${code} in ${language}: ${message}`)
      assert.ok(!/oops|sorry|!/i.test(message), `${code} in ${language}: ${message}`)
    }
    assert.match(ru, /[а-я]/)
    assert.doesNotMatch(en, /[а-я]/i)
  }
})
