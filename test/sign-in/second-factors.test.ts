import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { continueSignIn } from '#src/sign-in/prove.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import { arrived, isAccepted, sessionIn, signIn } from '#test/support/people.ts'
import { numbersAt } from '#test/support/prometheus.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { codeAt, enrolled, halfSignedIn, prove, wrongCodeAt } from '#test/support/totp.ts'

async function served(engine: Engine, env: Record<string, string> = {}) {
  const clock = testClock()
  const { url, world } = await serveTestWorld(engine, { clock, env })
  return { client: clientAt(url), clock, url, world }
}

onBothEngines('sign-in with a second factor', (engine) => {
  test('a password and a code of the authenticator app open one session of level aal2', async () => {
    const { client, clock } = await served(engine)
    const { person, nextCode } = await enrolled(client, clock)
    const first = await signIn(client, person)
    assert.deepEqual(first.body.methods, ['totp', 'recovery_code'])
    assert.equal(first.body.access_token, undefined)
    const session = sessionIn(await prove(client, first.body.mfa_token, { code: nextCode() }))
    assert.equal(await isAccepted(client, session.access_token), true)
    const { acr, amr } = partsOf(session.access_token).claims
    assert.deepEqual([acr, amr], ['aal2', ['pwd', 'otp', 'mfa']])
    const { data } = (await client.get('/api/v1/me/history', { bearer: session.access_token })).body
    assert.deepEqual(
      data.map(({ outcome }) => outcome),
      ['signed_in', 'signed_in'],
    )
  })

  test('a code of the previous time step is accepted once, and no code twice', async () => {
    const { client, clock } = await served(engine)
    const { person, secret, nextCode } = await enrolled(client, clock)
    const code = nextCode()
    clock.forward(30_000)
    sessionIn(await prove(client, await halfSignedIn(client, person), { code }))
    assertRefused(await prove(client, await halfSignedIn(client, person), { code }), 'invalid_code')
    // An older code, which an onlooker may have seen, is rejected too.
    const older = codeAt(secret, clock.now() - 30_000)
    assertRefused(await prove(client, await halfSignedIn(client, person), { code: older }), 'invalid_code')
    sessionIn(await prove(client, await halfSignedIn(client, person), { code: codeAt(secret, clock.now()) }))
  })

  test('correct and wrong codes are counted by method in the metrics', async () => {
    const { client, clock, url } = await served(engine)
    const { person, secret, codes, nextCode } = await enrolled(client, clock)
    const before = await numbersAt(url)
    const token = await halfSignedIn(client, person)
    await prove(client, token, { code: wrongCodeAt(secret, clock.now()) })
    await prove(client, token, { code: nextCode() })
    const other = await halfSignedIn(client, person)
    await prove(client, other, { method: 'recovery_code', code: codes[0] })
    const after = await numbersAt(url)
    const grown = (method: string, outcome: string) =>
      after.of('sigil_second_factors_total', { method, outcome }) -
      before.of('sigil_second_factors_total', { method, outcome })
    assert.deepEqual(
      [grown('totp', 'wrong'), grown('totp', 'right'), grown('recovery_code', 'right')],
      [1, 1, 1],
    )
  })
})

onBothEngines('parallel proofs', (engine) => {
  test('twenty proofs of one attempt at once open one session', async () => {
    const { client, clock } = await served(engine)
    const { person, nextCode } = await enrolled(client, clock)
    const token = await halfSignedIn(client, person)
    const code = nextCode()
    const replies = await atOnce(20, () => prove(client, token, { code }))
    assert.equal(tally(replies)['200'], 1, JSON.stringify(tally(replies)))
  })

  test('one code in twenty concurrent attempts opens one session', async () => {
    const { client, clock } = await served(engine)
    const { person, nextCode } = await enrolled(client, clock)
    const tokens: string[] = []
    for (let at = 0; at < 20; at++) tokens.push(await halfSignedIn(client, person))
    const code = nextCode()
    const replies = await atOnce(20, (at) => prove(client, tokens[at] ?? '', { code }))
    assert.deepEqual(tally(replies), { '200': 1, '401 invalid_code': 19 })
  })
})

onBothEngines('a correct proof concurrent with a fifth wrong one', (engine) => {
  test('a correct code that took its try in time signs in despite a concurrent fifth wrong one', async () => {
    const { client, clock, world } = await served(engine)
    const { person, secret, nextCode } = await enrolled(client, clock)
    const token = await halfSignedIn(client, person)
    const right = nextCode()
    const wrong = wrongCodeAt(secret, clock.now())
    for (let at = 0; at < 3; at++) assertRefused(await prove(client, token, { code: wrong }), 'invalid_code')
    // The correct code has taken the fourth try. Before its session opens, a wrong one takes the fifth.
    const late = beforeSessionOpens(world, async () => {
      assertRefused(await prove(client, token, { code: wrong }), 'invalid_code')
      const [attempt] = await world.db.query(sql`select state from sign_in_attempts`)
      assert.equal(attempt?.state, 'failed')
    })
    const continued = await continueSignIn(late, {
      mfaToken: token,
      method: 'totp',
      presented: { code: right },
      forPages: false,
      trustsDevice: false,
      knownBrowser: undefined,
      by: bySystem,
    })
    assert.ok(continued.kind === 'signed_in')
    assert.equal(await isAccepted(client, continued.pair.accessToken), true)
    assertRefused(await prove(client, token, { code: nextCode() }), 'attempt_expired')
  })
})

/** A copy of the world that runs the action before its first transaction, which opens the session. */
function beforeSessionOpens(world: World, action: () => Promise<void>): World {
  let isFirst = true
  const transaction: World['db']['transaction'] = async (work) => {
    if (isFirst) await action()
    isFirst = false
    return world.db.transaction(work)
  }
  return { ...world, db: { ...world.db, transaction } }
}

onBothEngines('an attempt that waits for a second factor', (engine) => {
  test('five wrong codes end the attempt, and a later correct one is rejected', async () => {
    const { client, clock } = await served(engine)
    const { person, secret, session, nextCode } = await enrolled(client, clock)
    const token = await halfSignedIn(client, person)
    clock.forward(1)
    const code = wrongCodeAt(secret, clock.now())
    for (let at = 0; at < 5; at++) assertRefused(await prove(client, token, { code }), 'invalid_code')
    assertRefused(await prove(client, token, { code: nextCode() }), 'attempt_expired')
    const { data } = (await client.get('/api/v1/me/history', { bearer: session.access_token })).body
    assert.equal(data[0]?.outcome, 'wrong_code')
  })

  test('an attempt ends after ten minutes, and with a changed signature', async () => {
    const { client, clock } = await served(engine)
    const { person, session, nextCode } = await enrolled(client, clock)
    const late = await halfSignedIn(client, person)
    clock.forward(10 * 60_000)
    assertRefused(await prove(client, late, { code: nextCode() }), 'attempt_expired')
    const ended = await halfSignedIn(client, person)
    await client.post('/api/v1/auth/logout_all', {}, { bearer: session.access_token })
    assertRefused(await prove(client, ended, { code: nextCode() }), 'attempt_expired')
    assertRefused(await prove(client, 'x', { code: nextCode() }), 'attempt_expired')
  })

  test('a method that is not due, and a missing code, are invalid requests', async () => {
    const { client, clock } = await served(engine)
    const { person } = await enrolled(client, clock)
    const token = await halfSignedIn(client, person)
    assertFieldRefused(await prove(client, token, { method: 'email_code', code: '1' }), '/method')
    assertFieldRefused(await prove(client, token, {}), '/code', 'missing')
  })
})

onBothEngines('limits of second factors', (engine) => {
  test('a wrong password gets the same response with and without a second factor', async () => {
    const { client, clock } = await served(engine)
    const { person } = await enrolled(client, clock)
    const { person: other } = await arrived(client)
    const bodies = []
    for (const { email } of [person, other, { email: 'nobody@example.org' }]) {
      const reply = await signIn(client, { email, password: 'not the password 1' })
      assertRefused(reply, 'wrong_credentials')
      bodies.push({ ...reply.body, request_id: '' })
    }
    assert.deepEqual(bodies[0], bodies[1])
    assert.deepEqual(bodies[0], bodies[2])
  })

  test('an mfa_token is neither an access token nor a refresh token, and sets no password', async () => {
    const { client, clock } = await served(engine)
    const { person } = await enrolled(client, clock)
    const token = await halfSignedIn(client, person)
    assert.equal(await isAccepted(client, token), false)
    const refresh = await client.post('/api/v1/auth/refresh', { refresh_token: token })
    assertRefused(refresh, 'invalid_token')
    const sent = { mfa_token: token, password: 'a password of my own choice' }
    assertRefused(await client.post('/api/v1/auth/reset', sent), 'attempt_expired')
  })

  test('wrong codes are counted across all attempts of a user, up to a limit', async () => {
    const { client, clock } = await served(engine, { SIGIL_RATE_LIMITS: 'on' })
    const { person, secret, nextCode } = await enrolled(client, clock)
    const code = wrongCodeAt(secret, clock.now())
    for (let attempt = 0; attempt < 4; attempt++) {
      const token = await halfSignedIn(client, person)
      for (let at = 0; at < 5; at++) assert.equal((await prove(client, token, { code })).status, 401)
    }
    const token = await halfSignedIn(client, person)
    assertRefused(await prove(client, token, { code: nextCode() }), 'too_many_attempts')
  })
})
