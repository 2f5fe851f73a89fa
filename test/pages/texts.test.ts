import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IntlMessageFormat } from 'intl-messageformat'
import { flashMessage, withFlash } from '#src/pages/flash.ts'
import { en, type MessageKey } from '#src/pages/messages/en.ts'
import { ru } from '#src/pages/messages/ru.ts'
import { textsFor } from '#src/pages/texts.ts'
import { sourcesOf } from '#test/support/source.ts'

const keys = Object.keys(en) as MessageKey[]

/** The names of what a message wants to be told, in its plurals too. */
function wanted(message: string): string[] {
  const found = new Set<string>()
  JSON.stringify(new IntlMessageFormat(message, 'en').getAst(), (key, value) => {
    // 0 is text, 7 is the # of a plural; what is left has a name.
    if (value?.type > 0 && value.type < 7) found.add(value.value)
    return key === 'location' ? undefined : value
  })
  return [...found].sort()
}

test('every message can be read, and wants the same values in both languages', () => {
  for (const key of keys) assert.deepEqual(wanted(ru[key]), wanted(en[key]), key)
  assert.deepEqual(wanted(en.end_session_of), ['device', 'time'])
  assert.deepEqual(wanted(en.wait), ['seconds'])
})

test('every message is said somewhere', () => {
  const pages = sourcesOf('src/{pages,reference}/**/*.ts').filter(({ path }) => !path.includes('/messages/'))
  const isSaid = (key: string) =>
    pages.some(({ text }) => text.includes(`'${key}'`) || text.includes(`.${key}`))
  // Of these the rest is a code: of a field's problem, of what was done, of how a sign-in ended.
  const rest = keys.filter((key) => !/^(?:field|said|outcome)_/.test(key))
  assert.deepEqual(
    rest.filter((key) => !isSaid(key)),
    [],
  )
})

test('no message is said in one language only', () => {
  const same = keys.filter((key) => en[key] === ru[key])
  assert.deepEqual(same, ['brand', 'utc'])
})

test('counts in the words of each language', () => {
  const english = (seconds: number) => textsFor('en').say('wait', { seconds })
  const russian = (seconds: number) => textsFor('ru').say('wait', { seconds })
  assert.equal(english(1), 'Try again in 1 second.')
  assert.equal(english(21), 'Try again in 21 seconds.')
  assert.equal(russian(1), 'Попробуйте снова через 1 секунду.')
  assert.equal(russian(3), 'Попробуйте снова через 3 секунды.')
  assert.equal(russian(21), 'Попробуйте снова через 21 секунду.')
  assert.equal(russian(60), 'Попробуйте снова через 60 секунд.')
})

test('tells the time in UTC and says so', () => {
  const at = Date.UTC(2026, 1, 3, 4, 5)
  assert.equal(textsFor('en').moment(at), '3 Feb 2026, 04:05 UTC')
  assert.match(textsFor('ru').moment(at), /^3 февр\. 2026 г\., 04:05 UTC$/)
  assert.equal(textsFor('en').day(at), '3 February 2026')
})

test('says what a form has done, and nothing that is not in the table', () => {
  const texts = textsFor('en')
  assert.equal(withFlash('/account', 'password_changed'), '/account?said=password_changed')
  assert.match(flashMessage(texts, 'password_changed') ?? '', /^The password was changed/)
  for (const forged of ['<b>', 'Call us on 555', 'toString', '__proto__', '', undefined, ['deleted']]) {
    assert.equal(flashMessage(texts, forged), undefined)
  }
})
