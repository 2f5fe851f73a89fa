import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalizeEmail } from '#src/users/email.ts'
import { isUsername, usernameKey } from '#src/users/username.ts'

/** Every assigned character that a username may contain. */
function* usernameCharacters(): Generator<string> {
  for (let point = 0; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const character = String.fromCodePoint(point)
    if (isUsername(`${character}${character}`)) yield character
  }
}

test('all case variants of every username character have the same key', () => {
  const wrong: string[] = []
  for (const character of usernameCharacters()) {
    const key = usernameKey(character)
    const variants = [character.toUpperCase(), character.toLowerCase(), key, key.toUpperCase()]
    if (variants.some((variant) => usernameKey(variant) !== key)) wrong.push(character)
  }
  assert.deepEqual(wrong, [])
})

test('folding a username never introduces a letter of another script', () => {
  const wrong: string[] = []
  for (const character of usernameCharacters()) {
    if (!isUsername(usernameKey(`${character}1`))) wrong.push(character)
  }
  assert.deepEqual(wrong, [])
  // Mathematical letters have no script, and fold to Latin and Greek ones.
  for (const name of ['𝐚лиса', 'алис\u{1d41a}', 'αβγ𝐚']) assert.equal(isUsername(name), false, name)
})

test('straße and STRAẞE are one username', () => {
  for (const name of ['STRAẞE', 'STRASSE', 'Strasse', 'StraSSe'])
    assert.equal(usernameKey(name), usernameKey('straße'))
})

test('an email is never truncated, decoded or normalized into another one', () => {
  const wrong = [
    'a@example.com/x',
    'a@example.com?x',
    'a@example.com#x',
    'a@exa\nmple.com',
    'a@exa\tmple.com',
    'a@%65xample.com',
    'a@example.com:25',
    'a@x@example.com/',
    'a@[127.0.0.1]',
    'a@exa mple.com',
    'a@example。com',
  ]
  for (const email of wrong) assert.equal(normalizeEmail(email), undefined, JSON.stringify(email))
  assert.equal(normalizeEmail(' Ann@Bücher.Example '), 'ann@xn--bcher-kva.example')
})
