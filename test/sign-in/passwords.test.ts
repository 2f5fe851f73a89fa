import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { systemClock } from '#src/platform/clock.ts'
import { findUser, replacePasswordHash } from '#src/users/users.sql.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { goodPassword, newEmail, signedIn, signedUp, signIn, signUp } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { realHashes, startServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const signInPath = '/api/v1/auth/signin'

onBothEngines('passwords', (engine) => {
  const server = serverForSuite(engine)

  test('a password matches in every Unicode form of the same characters, and in no other', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client, { password: 'Åse’s ﬁne café 東京 🗝️' })
    await signedIn(client, { ...person, password: person.password.normalize('NFD') })
    const others = [person.password.toLowerCase(), `${person.password} `, person.password.normalize('NFKC')]
    for (const password of others) {
      assertRefused(await signIn(client, { login: person.email, password }), 'wrong_credentials')
    }
  })

  test('passwords that differ after 72 bytes or 1023 characters are different', async () => {
    const client = clientAt(server().url)
    for (const same of ['ab '.repeat(24), 'ab '.repeat(341)]) {
      const person = await signedUp(client, { password: `${same}x` })
      const reply = await signIn(client, { login: person.email, password: `${same}y` })
      assertRefused(reply, 'wrong_credentials')
      const cut = await signIn(client, { login: person.email, password: same })
      assertRefused(cut, 'wrong_credentials')
      await signedIn(client, person)
    }
  })

  test('a password with U+0000 or a lone surrogate is rejected', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    for (const bad of ['\0', 'good then\0bad', '\ud800 lone', 'lone \udfff']) {
      const login = { login: person.email, password: bad }
      assertFieldRefused(await signIn(client, login), '/password')
      const wish = { email: newEmail(), password: `${goodPassword}${bad}` }
      assertFieldRefused(await signUp(client, wish), '/password')
    }
    const escaped = `{"login":"${person.email}","password":"\\ud83d\\ude00\\ud83d"}`
    const headers = { 'content-type': 'application/json' }
    assertFieldRefused(await client.send('POST', signInPath, { raw: escaped, headers }), '/password')
  })
})

onBothEngines('password length', (engine) => {
  const server = serverForSuite(engine)

  test('a sign-in accepts a wrong password of 60 KB, and sign-up reports it as too long', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    const password = 'pq'.repeat(30_000)
    assertRefused(await signIn(client, { login: person.email, password }), 'wrong_credentials')
    assertFieldRefused(await signUp(client, { email: newEmail(), password }), '/password', 'too_long')
    const longer = await signIn(client, { login: person.email, password: `${password}x` })
    assertFieldRefused(longer, '/password')
  })

  test('a new password has 10 to 1024 characters, counted as code points', async () => {
    const client = clientAt(server().url)
    const lengths: [string, boolean][] = [
      ['nine char', false],
      ['ten chars!', true],
      ['🗝️🔒🔑🗝️🔒', false],
      [`${'é'.normalize('NFD').repeat(4)}abcde`, false],
      ['yz'.repeat(512), false],
      ['abc '.repeat(256), true],
      [`${'abc '.repeat(256)}x`, false],
      ['🗝🔒🔑🚪'.repeat(256), true],
      [`${'🗝🔒🔑🚪'.repeat(256)}x`, false],
    ]
    for (const [password, isGood] of lengths) {
      const reply = await signUp(client, { email: newEmail(), password })
      if (isGood) assert.equal(reply.status, 201, reply.text)
      else assertFieldRefused(reply, '/password')
    }
  })
})

onBothEngines('new passwords', (engine) => {
  const server = serverForSuite(engine)

  test('a common password is rejected, even with digits around it', async () => {
    const client = clientAt(server().url)
    const common = ['1234567890', 'qwertyuiop', 'Password123!', 'aaaaaaaaaaaa', 'iloveyou!!!!', '0000000000']
    for (const password of common) {
      const reply = await signUp(client, { email: newEmail(), password })
      assertFieldRefused(reply, '/password', 'too_common')
    }
  })

  test('a password that is the name or email of its owner is rejected', async () => {
    const client = clientAt(server().url)
    const email = 'marguerite.duras@example.org'
    const owner = { email, username: 'duras.the.writer', full_name: 'Marguerite Donnadieu' }
    const names = [email, 'Marguerite.Duras', 'marguerite-duras1', 'DurasTheWriter', 'marguerite donnadieu!']
    for (const password of names) {
      const reply = await signUp(client, { ...owner, password })
      assertFieldRefused(reply, '/password', 'own_name')
    }
    await signedUp(client, { ...owner, password: 'the lover of 1984' })
  })

  test('a repeated password has to match', async () => {
    const client = clientAt(server().url)
    const wish = { email: newEmail(), password: goodPassword, repeat_password: `${goodPassword}x` }
    assertFieldRefused(await signUp(client, wish), '/repeat_password', 'not_repeated')
    await signedUp(client, { repeat_password: goodPassword })
  })
})

onBothEngines('outdated hashes', (engine) => {
  const server = serverForSuite(engine, {}, realHashes)

  test('a hash with weaker parameters is replaced at the next sign-in, and only then', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    const { db } = server().world
    const hashNow = async () => (await findUser(db.query, person.id))?.passwordHash
    const weak = await hash(person.password, { algorithm: 2, memoryCost: 1024, timeCost: 1, parallelism: 1 })
    const change = { userId: person.id, from: await hashNow(), to: weak, now: systemClock.now() }
    assert.ok(await replacePasswordHash(db.query, change))
    await signIn(client, { login: person.email, password: 'not the password 77' })
    assert.equal(await hashNow(), weak)
    await signedIn(client, person)
    const fresh = await hashNow()
    assert.match(fresh ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=[\w-]{8}\$/)
    await signedIn(client, person)
    assert.equal(await hashNow(), fresh)
    assertRefused(await signIn(client, { login: person.email, password: 'x' }), 'wrong_credentials')
  })

  test('a hash with a secret and other parameters still matches, and is replaced', async () => {
    const place = await engine.freshPlace()
    const former = await startServer(place)
    const person = await signedUp(clientAt(former.url))
    await former.stop()
    const { url, world } = await startServer(place, {}, realHashes)
    const hashNow = async () => (await findUser(world.db.query, person.id))?.passwordHash ?? ''
    assert.match(await hashNow(), /m=64,t=1,p=1,keyid=/)
    const wrong = await signIn(clientAt(url), { login: person.email, password: 'not the password 77' })
    assertRefused(wrong, 'wrong_credentials')
    await signedIn(clientAt(url), person)
    assert.match(await hashNow(), /m=19456,t=2,p=1,keyid=/)
    await signedIn(clientAt(url), person)
  })
})
