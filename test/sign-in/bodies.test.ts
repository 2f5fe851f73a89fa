import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { goodPassword, newEmail, signedIn, signedUp } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const signIn = '/api/v1/auth/signin'
const signUp = '/api/v1/auth/signup'
const asJson = { 'content-type': 'application/json' }

onBothEngines('request bodies', (engine) => {
  const server = serverForSuite(engine)

  test('a body with a field of the wrong type is rejected', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    const values: unknown[] = [null, 1, true, [], {}, [person.password], { $ne: null }, { toString: 'x' }]
    for (const value of values) {
      const asPassword = { login: person.email, password: value }
      assertFieldRefused(await client.post(signIn, asPassword), '/password')
      assertFieldRefused(await client.post(signIn, { login: value, password: person.password }), '/login')
      assertFieldRefused(await client.post(signUp, { email: value, password: goodPassword }), '/email')
    }
    for (const body of [null, 1, 'text', [], [{ login: person.email }], true]) {
      assertFieldRefused(await client.post(signIn, body), '')
    }
  })

  test('a body with an unknown field is rejected, even if every object inherits it', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'Login', 'a/b~c', '']) {
      const more = `${JSON.stringify(key)}:{"login":"x"}`
      const raw = `{"login":"${person.email}","password":"${person.password}",${more}}`
      const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      const reply = await client.send('POST', signIn, { raw, headers: asJson })
      assertFieldRefused(reply, pointer, 'unknown_key')
    }
    const polluted = { raw: '{"__proto__":{"login":"x","password":"y"}}', headers: asJson }
    assertRefused(await client.send('POST', signIn, polluted), 'invalid_request')
    await signedIn(client, person)
  })

  test('a body with a duplicate field is rejected, even if its name is escaped', async () => {
    const client = clientAt(server().url)
    const { email, password } = await signedUp(client)
    for (const key of ['login', '\\u006cogin', 'l\\u006Fgin']) {
      const raw = `{"login":"${email}","${key}":"${email}","password":"${password}"}`
      assertFieldRefused(await client.send('POST', signIn, { raw, headers: asJson }), '', 'malformed')
    }
    const tricky = `{"login":"${email}","password":"{\\"password\\":1,\\"password\\":2}"}`
    const reply = await client.send('POST', signIn, { raw: tricky, headers: asJson })
    assertRefused(reply, 'wrong_credentials')
  })
})

onBothEngines('well-formed bodies', (engine) => {
  const server = serverForSuite(engine)

  test('sign-up accepts no roles, status or other fields that only administrators may set', async () => {
    const client = clientAt(server().url)
    const wishes = {
      roles: ['admin'],
      role: 'admin',
      status: 'active',
      id: 'x',
      email_verified: true,
      sub: 'x',
    }
    for (const [key, value] of Object.entries(wishes)) {
      const wish = { email: newEmail(), password: goodPassword, [key]: value }
      assertFieldRefused(await client.post(signUp, wish), `/${key}`, 'unknown_key')
    }
    const { access_token: bearer, user } = await signedIn(client, await signedUp(client))
    assert.deepEqual([user.roles, user.status, user.email_verified], [['default_user'], 'active', false])
    for (const [key, value] of Object.entries({
      ...wishes,
      email: 'x@example.org',
      password: goodPassword,
    })) {
      const reply = await client.patch('/api/v1/me', { [key]: value }, { bearer })
      assertFieldRefused(reply, `/${key}`, 'unknown_key')
    }
  })

  test('a sign-in body has exactly one of login and email', async () => {
    const client = clientAt(server().url)
    const { email, password } = await signedUp(client)
    assertFieldRefused(await client.post(signIn, { login: email, email, password }), '/login', 'given_twice')
    assertFieldRefused(await client.post(signIn, { password }), '/login', 'missing')
    assertFieldRefused(await client.post(signIn, { login: email }), '/password', 'missing')
    assertFieldRefused(await client.post(signIn, { login: email, password, transport: 'x' }), '/transport')
    assert.equal((await client.post(signIn, { email, password })).status, 200)
  })
})

onBothEngines('bytes of a body', (engine) => {
  const server = serverForSuite(engine)

  test('a body has to be JSON in UTF-8 and declared as such', async () => {
    const client = clientAt(server().url)
    const { email, password } = await signedUp(client)
    const raw = JSON.stringify({ login: email, password })
    const good = ['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"']
    for (const type of good) {
      const reply = await client.send('POST', signIn, { raw, headers: { 'content-type': type } })
      assert.equal(reply.status, 200, `${type}: ${reply.text}`)
    }
    const other = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'text/json', '']
    const charsets = ['utf-16', 'latin1', 'utf-7'].map((charset) => `application/json; charset=${charset}`)
    for (const type of [...other, ...charsets, undefined, 'application/jsonx', 'json']) {
      const reply = await client.send('POST', signIn, { raw, headers: { 'content-type': type } })
      assertRefused(reply, 'unsupported_media_type')
    }
  })

  test('a body that is not JSON or not UTF-8 is rejected as malformed', async () => {
    const client = clientAt(server().url)
    const texts = ['{', '{"login":}', '{"login":"x",}', "{'login':'x'}", '{} {}', 'NaN', '\0', '{"a":"\n"}']
    const bytes = [Buffer.from([0x7b, 0xff, 0x7d]), Buffer.from('{"login":"é"}', 'latin1')]
    for (const raw of [...texts, ...bytes, Buffer.from('{"a":1}', 'utf16le')]) {
      const reply = await client.send('POST', signIn, { raw, headers: asJson })
      assertFieldRefused(reply, '', 'malformed')
    }
    for (const headers of [asJson, {}]) {
      assertFieldRefused(await client.send('POST', signIn, { headers }), '/password')
    }
  })

  test('a body over 64 KiB is rejected, with and without a Content-Length', async () => {
    const client = clientAt(server().url)
    const full = JSON.stringify({ login: 'x', password: '' })
    const exact = full.replace('"}', `${' '.repeat(64 * 1024 - full.length)}"}`)
    assert.equal(Buffer.byteLength(exact), 64 * 1024)
    for (const chunked of [false, true]) {
      const fits = await client.send('POST', signIn, { raw: exact, chunked, headers: asJson })
      assertFieldRefused(fits, '/password')
      for (const raw of [`${exact} `, ' '.repeat(1_000_000)]) {
        assertRefused(await client.send('POST', signIn, { raw, chunked, headers: asJson }), 'too_large')
      }
    }
  })

  test('deeply nested JSON is rejected without an unexpected error', async () => {
    const client = clientAt(server().url)
    for (const raw of [
      '['.repeat(32_000) + ']'.repeat(32_000),
      `${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`,
    ]) {
      const reply = await client.send('POST', signIn, { raw, headers: asJson })
      assertRefused(reply, 'invalid_request')
    }
    const open = await client.send('POST', signIn, { raw: '['.repeat(64_000), headers: asJson })
    assertFieldRefused(open, '', 'malformed')
  })
})

onBothEngines('encoded bodies', (engine) => {
  const server = serverForSuite(engine)

  test('a compressed body is rejected', async () => {
    const client = clientAt(server().url)
    const { email, password } = await signedUp(client)
    const text = JSON.stringify({ login: email, password })
    const sent = (raw: Buffer, encoding: string) =>
      client.send('POST', signIn, { raw, headers: { ...asJson, 'content-encoding': encoding } })
    for (const encoding of ['gzip', 'GZIP', 'br', 'identity, gzip', 'x']) {
      for (const raw of [gzipSync(text), Buffer.from(text)]) {
        const reply = await sent(raw, encoding)
        assertRefused(reply, 'encoded_body')
        assert.equal(reply.headers['accept-encoding'], 'identity')
      }
    }
    for (const encoding of ['identity', 'Identity', '']) {
      assert.equal((await sent(Buffer.from(text), encoding)).status, 200)
    }
  })
})
