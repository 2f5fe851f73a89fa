import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IntlMessageFormat } from 'intl-messageformat'
import { consoleEn } from '#src/pages/messages/console-en.ts'
import { consoleRu } from '#src/pages/messages/console-ru.ts'
import { en as pagesEn } from '#src/pages/messages/en.ts'
import { ru as pagesRu } from '#src/pages/messages/ru.ts'
import { type TextKey, textsFor } from '#src/pages/texts.ts'
import { sourcesOf } from '#test/support/source.ts'

const en = { ...pagesEn, ...consoleEn }
const ru = { ...pagesRu, ...consoleRu }
const keys = Object.keys(en) as TextKey[]

/** The names of the values of a message, including in plurals. */
function placeholders(message: string): string[] {
  const found = new Set<string>()
  JSON.stringify(new IntlMessageFormat(message, 'en').getAst(), (key, value) => {
    // 0 is text, 7 is the # of a plural; the others have a name.
    if (value?.type > 0 && value.type < 7) found.add(value.value)
    return key === 'location' ? undefined : value
  })
  return [...found].sort()
}

test('every page message parses, and has the same values in both languages', () => {
  for (const key of keys) assert.deepEqual(placeholders(ru[key]), placeholders(en[key]), key)
  assert.deepEqual(placeholders(en.end_session_of), ['device', 'time'])
  assert.deepEqual(placeholders(en.wait), ['seconds'])
})

test('no message of the console overrides one of the pages', () => {
  const both = Object.keys(consoleEn).filter((key) => Object.hasOwn(pagesEn, key))
  assert.deepEqual(both, [])
})

test('every page message is used', () => {
  const sources = sourcesOf('src/{pages,reference,forward-auth}/**/*.ts')
  const pages = sources.filter(({ path }) => !path.includes('/messages/'))
  const isUsed = (key: string) =>
    pages.some(({ text }) => text.includes(`'${key}'`) || text.includes(`.${key}`))
  // The rest of these keys is a code, such as that of a field error, or a kind of factor.
  const prefixes = ['field', 'flash', 'outcome', 'tone', 'period', 'status', 'actor', 'target', 'leaseholder']
  const more = ['settings', 'purpose', 'key', 'from', 'check', 'site', 'strength', 'advice', 'do']
  const byCode = new RegExp(`^(?:${[...prefixes, ...more].join('|')})_`)
  const kinds = ['app', 'bulk', 'started', 'email_trust', 'delivery', 'no_deliveries']
  const byCodeOfConsole = new RegExp(
    `^(?:${kinds.join('|')}|step|factor)_|(?:uris?|origins|hosts|lifetime)_hint$`,
  )
  const rest = keys.filter((key) => !byCode.test(key) && !byCodeOfConsole.test(key))
  assert.deepEqual(
    rest.filter((key) => !isUsed(key)),
    [],
  )
})

test('every page message is translated', () => {
  const same = keys.filter((key) => en[key] === ru[key])
  assert.deepEqual(same, ['utc', 'api', 'pkce', 'client_id', 'target_api'])
})

test('page messages use the plural forms of each language', () => {
  const english = (seconds: number) => textsFor('en').get('wait', { seconds })
  const russian = (seconds: number) => textsFor('ru').get('wait', { seconds })
  assert.equal(english(1), 'Try again in 1 second.')
  assert.equal(english(21), 'Try again in 21 seconds.')
  assert.equal(russian(1), 'Попробуйте снова через 1 секунду.')
  assert.equal(russian(3), 'Попробуйте снова через 3 секунды.')
  assert.equal(russian(21), 'Попробуйте снова через 21 секунду.')
  assert.equal(russian(60), 'Попробуйте снова через 60 секунд.')
})

test('"yesterday" is the day before in the time zone of the reader, not 24 to 48 hours ago', () => {
  const now = Date.UTC(2026, 1, 3, 4, 5)
  const hoursAgo = (hours: number, zone?: string) => textsFor('en', zone).ago(now - hours * 3_600_000, now)
  assert.deepEqual(
    [5, 23, 24, 28, 29, 52].map((hours) => hoursAgo(hours)),
    ['5 hours ago', '23 hours ago', 'yesterday', 'yesterday', '2 days ago', '2 days ago'],
  )
  // There it is 23:05.
  assert.deepEqual(
    [24, 47, 48].map((hours) => hoursAgo(hours, 'America/New_York')),
    ['yesterday', 'yesterday', '2 days ago'],
  )
  assert.equal(textsFor('en').ago(now + 25 * 3_600_000, now), 'tomorrow')
})

test('pages show times in UTC, marked as such, or in the time zone of the reader', () => {
  const at = Date.UTC(2026, 1, 3, 4, 5)
  assert.equal(textsFor('en').moment(at), '3 Feb 2026, 04:05 UTC')
  assert.match(textsFor('ru').moment(at), /^3 февр\. 2026 г\., 04:05 UTC$/)
  assert.equal(textsFor('en').clock(at), '04:05 UTC')
  assert.equal(textsFor('en', 'America/New_York').clock(at), '23:05')
  assert.equal(textsFor('en').day(at), '3 February 2026')
  assert.equal(textsFor('en', 'America/New_York').moment(at), '2 Feb 2026, 23:05')
  assert.equal(textsFor('en', 'America/New_York').day(at), '2 February 2026')
})
