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

onBothEngines('a no', (engine) => {
  const server = serverForSuite(engine)

  test('has one shape, whatever its status', async () => {
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

  test('is said in the language that the reader likes best, where that is known', async () => {
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

onBothEngines('a no that is looked into', (engine) => {
  const server = serverForSuite(engine)

  test('points at every field that is wrong, and repeats nothing of what was sent', async () => {
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

  test('has an id that is never the same, and never the caller’s choice', async () => {
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

onBothEngines('what breaks on our side', (engine) => {
  test('is told as a fault, without a word of what it was', async () => {
    const { url, world } = await startServer(engine, { SIGIL_LOG_LEVEL: 'fatal' })
    const client = clientAt(url)
    const { email, password } = await signedUp(client)
    await world.db.query(sql`drop table sign_ins`)
    for (const given of [password, 'not the password 77']) {
      assertRefused(await signIn(client, { login: email, password: given }), 'internal')
    }
    assert.equal((await client.get('/healthz')).status, 200)
  })

  test('is the fault of one call and not the end of the server, whether or not it was awaited', async () => {
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

  test('is no yes and no wrong password while the database is away', async () => {
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
