import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { goodPassword, newEmail, signedIn, signedUp, signUp } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

onBothEngines('usernames', (engine) => {
  const server = serverForSuite(engine)

  test('a username has letters of one script, digits, dots, underscores and hyphens', async () => {
    const client = clientAt(server().url)
    const good = [
      'ab',
      'Ann_Arbor-2.0',
      'Шура',
      'Ωμέγα',
      '東京タワー',
      '김철수',
      'محمد',
      'x'.repeat(64),
      'é1',
      'ß2',
    ]
    for (const username of good) {
      const person = await signedUp(client, { username })
      const { user } = await signedIn(client, { ...person, email: username })
      assert.equal(user.username, username)
    }
  })

  test('a null username or full name means none', async () => {
    const client = clientAt(server().url)
    const names = { username: null, full_name: null }
    const { user } = await signedIn(client, await signedUp(client, names))
    assert.deepEqual([user.username, user.full_name], [null, null])
  })

  test('a username that resembles another one or an email is rejected', async () => {
    const client = clientAt(server().url)
    const mixed = ['pаypal', 'Aлиса', 'ΑBC', 'аdmin', 'аbcд1е日']
    const signs = [
      'a',
      'x'.repeat(65),
      'a@b',
      'a b',
      'a/b',
      'a:b',
      '..',
      '--',
      '🗝️🗝️',
      'a\tb',
      'a\u200bb',
      'a\u202eb',
    ]
    const invisible = ['ad\uFE0Fmin', 'ad\u034Fmin', 'admin\u{E0100}', '\u3164\u115F', 'ann\uFFA0']
    for (const username of [...mixed, ...signs, ...invisible]) {
      const wish = { email: newEmail(), password: goodPassword, username }
      assertFieldRefused(await signUp(client, wish), '/username')
    }
  })
})

onBothEngines('taken usernames', (engine) => {
  const server = serverForSuite(engine)

  test('a taken username is taken in every case and width', async () => {
    const client = clientAt(server().url)
    const pairs = [
      ['Straße', 'STRASSE'],
      ['Kelvin', '\u212aelvin'],
      ['ＦＵＬＬ', 'full'],
      ['José', 'José'.normalize('NFD').toUpperCase()],
      ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
      ['Иван', 'ИВАН'],
    ]
    for (const [first = '', second = ''] of pairs) {
      const person = await signedUp(client, { username: first })
      const wish = { email: newEmail(), password: goodPassword, username: second }
      assertRefused(await signUp(client, wish), 'username_taken')
      const { user } = await signedIn(client, { ...person, email: second })
      assert.equal(user.id, person.id)
    }
  })
})

onBothEngines('emails', (engine) => {
  const server = serverForSuite(engine)

  test('an email that no mail server would accept is rejected', async () => {
    const client = clientAt(server().url)
    const bad = [
      'x',
      '@example.org',
      'x@',
      'x@@example.org',
      'a b@example.org',
      'x@exa mple.org',
      '.x@example.org',
      'x.@example.org',
      'x..y@example.org',
      'x@-example.org',
      'x@example..org',
      'x@[127.0.0.1',
      'x\r\nBcc: y@example.org',
      'x@example.org\r\nBcc: y@example.org',
      'x@example.org,y@example.org',
      '<x@example.org>',
      '"x"@example.org',
      `${'x'.repeat(65)}@example.org`,
      `x@${'a.'.repeat(127)}org`,
      'x\u202e@example.org',
      `x@${'a'.repeat(64)}.org`,
      `x@${'ü'.repeat(60)}.${'ö'.repeat(60)}.${'ä'.repeat(60)}.org`,
      'x@127.0.0.1',
      'x@127.1',
      'x@0x7f000001',
    ]
    for (const email of bad) {
      assertFieldRefused(await signUp(client, { email, password: goodPassword }), '/email')
    }
  })

  test('an email may have letters of any script and a plus, and is stored in lower case', async () => {
    const client = clientAt(server().url)
    const good = [
      'O’Hara+news@Example.ORG',
      'почта@пример.рф',
      "a!#$%&'*/=?^_`{|}~-1@example.org",
      'x@localhost',
    ]
    for (const email of good) {
      const person = await signedUp(client, { email })
      assert.equal(person.email, person.email.toLowerCase())
      assert.equal((await signedIn(client, { ...person, email })).user.id, person.id)
    }
  })
})
