import assert from 'node:assert/strict'
import { test } from 'node:test'
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

  test('a code of the step before is accepted once, and no code twice', async () => {
    const { client, clock } = await served(engine)
    const { person, secret, nextCode } = await enrolled(client, clock)
    const code = nextCode()
    clock.forward(30_000)
    sessionIn(await prove(client, await halfSignedIn(client, person), { code }))
    assertRefused(await prove(client, await halfSignedIn(client, person), { code }), 'invalid_code')
    // Nor an earlier one: somebody may have read it over a shoulder.
    const older = codeAt(secret, clock.now() - 30_000)
    assertRefused(await prove(client, await halfSignedIn(client, person), { code: older }), 'invalid_code')
    sessionIn(await prove(client, await halfSignedIn(client, person), { code: codeAt(secret, clock.now()) }))
  })

  test('codes that are right and wrong are counted by their method', async () => {
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

onBothEngines('many proofs at once', (engine) => {
  test('twenty proofs of one attempt at once open one session', async () => {
    const { client, clock } = await served(engine)
    const { person, nextCode } = await enrolled(client, clock)
    const token = await halfSignedIn(client, person)
    const code = nextCode()
    const replies = await atOnce(20, () => prove(client, token, { code }))
    assert.equal(tally(replies)['200'], 1, JSON.stringify(tally(replies)))
  })

  test('one code at twenty attempts at once opens one session', async () => {
    const { client, clock } = await served(engine)
    const { person, nextCode } = await enrolled(client, clock)
    const tokens: string[] = []
    for (let at = 0; at < 20; at++) tokens.push(await halfSignedIn(client, person))
    const code = nextCode()
    const replies = await atOnce(20, (at) => prove(client, tokens[at] ?? '', { code }))
    assert.deepEqual(tally(replies), { '200': 1, '401 invalid_code': 19 })
  })
})

onBothEngines('an attempt that waits for a second factor', (engine) => {
  test('five wrong codes end the attempt, and a right one comes too late', async () => {
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

onBothEngines('what a second factor does not reveal or allow', (engine) => {
  test('a wrong password is answered the same whether a second factor is on or not', async () => {
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

  test('nothing that a pending attempt holds is accepted anywhere else', async () => {
    const { client, clock } = await served(engine)
    const { person } = await enrolled(client, clock)
    const token = await halfSignedIn(client, person)
    assert.equal(await isAccepted(client, token), false)
    const refresh = await client.post('/api/v1/auth/refresh', { refresh_token: token })
    assertRefused(refresh, 'invalid_token')
  })

  test('codes are counted over all attempts of a user, and the limit says so', async () => {
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

onBothEngines('recovery codes', (engine) => {
  test('one works once, typed in small letters and without dashes', async () => {
    const { client, clock } = await served(engine)
    const { person, session, codes } = await enrolled(client, clock)
    assert.equal(new Set(codes).size, 10)
    const typed = (codes[0] ?? '').toLowerCase().replaceAll('-', ' ')
    const use = async (code: string) =>
      prove(client, await halfSignedIn(client, person), { method: 'recovery_code', code })
    const opened = sessionIn(await use(typed))
    assert.deepEqual(partsOf(opened.access_token).claims.amr, ['pwd', 'otp', 'mfa'])
    assertRefused(await use(codes[0] ?? ''), 'invalid_code')
    const left = await client.get('/api/v1/me/recovery_codes', { bearer: session.access_token })
    assert.deepEqual(left.body, { left: 9 })
  })

  test('twenty sign-ins at once with one code open one session', async () => {
    const { client, clock } = await served(engine)
    const { person, codes } = await enrolled(client, clock)
    const tokens: string[] = []
    for (let at = 0; at < 20; at++) tokens.push(await halfSignedIn(client, person))
    const replies = await atOnce(20, (at) =>
      prove(client, tokens[at] ?? '', { method: 'recovery_code', code: codes[0] }),
    )
    assert.deepEqual(tally(replies), { '200': 1, '401 invalid_code': 19 })
  })

  test('the last one signs in, and then they are not offered any more', async () => {
    const { client, clock } = await served(engine)
    const { person, codes } = await enrolled(client, clock)
    for (const code of codes) {
      const token = await halfSignedIn(client, person)
      sessionIn(await prove(client, token, { method: 'recovery_code', code }))
    }
    assert.deepEqual((await signIn(client, person)).body.methods, ['totp'])
  })

  test('a new set needs a recent second factor and replaces the earlier one', async () => {
    const { client, clock } = await served(engine)
    const { person, session, codes, nextCode } = await enrolled(client, clock)
    const path = '/api/v1/me/recovery_codes'
    assertRefused(await client.post(path, undefined, { bearer: session.access_token }), 'step_up_required')
    const proof = { method: 'totp', code: nextCode() }
    const stepped = await client.post('/api/v1/me/step_up', proof, { bearer: session.access_token })
    const { body } = await client.post(path, undefined, { bearer: sessionIn(stepped).access_token })
    assert.equal(body.recovery_codes.length, 10)
    const use = async (code: string | undefined) =>
      prove(client, await halfSignedIn(client, person), { method: 'recovery_code', code })
    assertRefused(await use(codes[1]), 'invalid_code')
    sessionIn(await use(body.recovery_codes[1]))
  })

  test('without another second factor there are none', async () => {
    const { client } = await served(engine)
    const { session } = await arrived(client)
    const bearer = session.access_token
    assertRefused(await client.post('/api/v1/me/recovery_codes', undefined, { bearer }), 'no_second_factor')
    assert.deepEqual((await client.get('/api/v1/me/recovery_codes', { bearer })).body, { left: 0 })
  })
})
