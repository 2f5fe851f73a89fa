import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes } from '#src/errors/error-codes.ts'
import { sql } from '#src/store/sql.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import {
  arrived,
  goodPassword,
  logOut,
  logOutEverywhere,
  refresh,
  signedUp,
  signIn,
  signUp,
} from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { startServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const signInPath = '/api/v1/auth/signin'

onBothEngines('API errors', (engine) => {
  const server = serverForSuite(engine)

  test('every API error has the same shape', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    const bearer = session.access_token
    const again = { email: person.email, password: goodPassword }
    const foreign = { headers: { origin: 'https://evil.example' } }
    assertRefused(await client.post(signInPath, { login: 1 }), 'invalid_request')
    assertRefused(await client.get('/api/v1/me'), 'not_signed_in')
    assertRefused(await client.get('/api/v1/auth/verify?role=admin', { bearer }), 'forbidden')
    assertRefused(await client.post(signInPath, { login: 'x', password: 'x' }, foreign), 'cross_site')
    assertRefused(await client.get('/nowhere'), 'not_found')
    assertRefused(await client.get(signInPath), 'method_not_allowed')
    assertRefused(await signUp(client, again), 'already_registered')
    assertRefused(await client.send('POST', signInPath, { raw: 'x'.repeat(70_000) }), 'too_large')
    assertRefused(await client.send('POST', signInPath, { raw: 'x' }), 'unsupported_media_type')
  })

  test('an API error is in the preferred language of the client, or English', async () => {
    const client = clientAt(server().url)
    const wanted: [string, 'en' | 'ru'][] = [
      ['ru', 'ru'],
      ['ru-RU, en;q=0.5', 'ru'],
      ['en;q=0.4, RU;q=0.5', 'ru'],
      ['de, fr;q=0.9', 'en'],
      ['en, ru', 'en'],
      ['ru;q=0, en', 'en'],
      ['*', 'en'],
      [';;q=,=;', 'en'],
      [`${'x,'.repeat(2000)}ru`, 'en'],
    ]
    for (const [language, expected] of wanted) {
      const reply = await client.get('/api/v1/me', { headers: { 'accept-language': language } })
      assert.equal(reply.body.detail, errorCodes.not_signed_in[expected], language)
      assert.equal(reply.headers['content-language'], expected)
    }
  })
})

onBothEngines('API error details', (engine) => {
  const server = serverForSuite(engine)

  test('an API error points to every wrong field and repeats no value', async () => {
    const client = clientAt(server().url)
    const secret = 'hunter2-hunter2'
    const reply = await client.post(signInPath, {
      login: [secret],
      password: 5,
      '<script>': secret,
      'a/b~': 1,
    })
    for (const pointer of ['/login', '/password', '/<script>', '/a~1b~0']) assertFieldRefused(reply, pointer)
    assert.ok(!reply.text.includes(secret))
    const long = await client.post(signInPath, { login: 'x', password: 'x', ['k'.repeat(60_000)]: 1 })
    assertRefused(long, 'invalid_request')
    assert.ok(long.text.length < 2000)
  })

  test('an API error lists a wrong, a missing and an unknown field of one body at once', async () => {
    const client = clientAt(server().url)
    const reply = await client.post('/api/v1/auth/signup', { email: 'nope', pasword: 'x', username: 'a@b' })
    assertFieldRefused(reply, '/email', 'not_an_email')
    assertFieldRefused(reply, '/password', 'missing')
    assertFieldRefused(reply, '/username', 'not_a_username')
    assertFieldRefused(reply, '/pasword', 'unknown_key')
    assert.equal(reply.body.errors.length, 4)
    const signIn = await client.post(signInPath, { user: 'x', password: 5 })
    for (const pointer of ['/login', '/password', '/user']) assertFieldRefused(signIn, pointer)
  })

  test('field errors are in the language of the caller', async () => {
    const body = { email: 5, pasword: 'x' }
    const headers = { 'accept-language': 'ru' }
    const { errors } = (await clientAt(server().url).post('/api/v1/auth/signup', body, { headers })).body
    assert.deepEqual(
      errors.map(({ detail }) => detail),
      [
        'Неверный ввод: ожидалось string, получено число.',
        'Обязательное поле.',
        'Неизвестное поле `pasword`. Может быть, `password`?',
      ],
    )
  })
})

onBothEngines('API error answers', (engine) => {
  const server = serverForSuite(engine)

  test('a body with 8,100 unknown fields gets an error answer of a few kilobytes', async () => {
    const fields = Array.from({ length: 8100 }, (_, at) => [at.toString(36), 1])
    const reply = await clientAt(server().url).post(signInPath, Object.fromEntries(fields))
    assertRefused(reply, 'invalid_request')
    assert.equal(reply.body.errors.length, 20)
    assert.ok(reply.text.length < 5000, String(reply.text.length))
  })

  test('every API error has a new request id that the caller cannot choose', async () => {
    const client = clientAt(server().url)
    const ids = new Set<string>()
    for (const path of ['/nowhere', '/nowhere', '/api/v1/me', signInPath]) {
      const reply = await client.get(path, { headers: { 'x-request-id': 'mine' } })
      ids.add(reply.body.request_id)
    }
    assert.equal(ids.size, 4)
    assert.ok(!ids.has('mine'))
  })
})

onBothEngines('unexpected errors', (engine) => {
  test('an unexpected error is a 500 without internals', async () => {
    const { url, world } = await startServer(engine, { SIGIL_LOG_LEVEL: 'fatal' })
    const client = clientAt(url)
    const { email, password } = await signedUp(client)
    await world.db.query(sql`drop table sign_ins`)
    for (const typed of [password, 'not the password 77']) {
      assertRefused(await signIn(client, { login: email, password: typed }), 'internal')
    }
    assert.equal((await client.get('/healthz')).status, 200)
  })

  test('an unexpected error fails one call and not the server', async () => {
    const { url, world } = await startServer(engine, { SIGIL_LOG_LEVEL: 'fatal' })
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    const { email: login, password } = person
    const { access_token: bearer } = session
    await world.db.query(sql`alter table audit_events rename to audit_events_gone`)
    assertRefused(await signIn(client, { login, password }), 'internal')
    await world.db.query(sql`alter table audit_events_gone rename to audit_events`)
    await world.db.query(sql`alter table revocations rename to revocations_gone`)
    assertRefused(await logOut(client, bearer), 'internal')
    await world.db.query(sql`alter table revocations_gone rename to revocations`)
    assert.equal((await logOut(client, bearer)).status, 204)
  })

  test('without the database every call is unavailable, and no password is reported as wrong', async () => {
    const { url, world } = await startServer(engine, { SIGIL_LOG_LEVEL: 'fatal' })
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    await world.db.close()
    const bearer = session.access_token
    const login = { login: person.email, password: person.password }
    const replies = [
      await signIn(client, login),
      await signIn(client, { ...login, password: 'not the password 77' }),
      await refresh(client, session.refresh_token),
      await logOut(client, bearer),
      await logOutEverywhere(client, bearer),
      await client.get('/api/v1/me', { bearer }),
    ]
    for (const reply of replies) assertRefused(reply, 'unavailable')
    assert.equal((await client.get('/healthz')).status, 200)
    assertRefused(await client.get('/api/v1/auth/verify', { bearer: 'x' }), 'not_signed_in')
  })
})
