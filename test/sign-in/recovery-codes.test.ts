import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atOnce, tally } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import { arrived, sessionIn, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { enrolled, enrolledEarlier, halfSignedIn, prove } from '#test/support/totp.ts'

async function served(engine: Engine) {
  const clock = testClock()
  const { url } = await serveTestWorld(engine, { clock })
  return { client: clientAt(url), clock }
}

onBothEngines('recovery codes', (engine) => {
  test('a recovery code works once, even in lower case and without dashes', async () => {
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

  test('the last recovery code signs in, and then recovery codes are no longer offered', async () => {
    const { client, clock } = await served(engine)
    const { person, codes } = await enrolled(client, clock)
    for (const code of codes) {
      const token = await halfSignedIn(client, person)
      sessionIn(await prove(client, token, { method: 'recovery_code', code }))
    }
    assert.deepEqual((await signIn(client, person)).body.methods, ['totp'])
  })

  test('new recovery codes need a recent second factor and replace the earlier ones', async () => {
    const { client, clock } = await served(engine)
    const { person, session, codes, nextCode } = await enrolledEarlier(client, clock)
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

  test('a user without a second factor cannot create recovery codes', async () => {
    const { client } = await served(engine)
    const { session } = await arrived(client)
    const bearer = session.access_token
    assertRefused(await client.post('/api/v1/me/recovery_codes', undefined, { bearer }), 'no_second_factor')
    assert.deepEqual((await client.get('/api/v1/me/recovery_codes', { bearer })).body, { left: 0 })
  })
})

onBothEngines('concurrent uses of recovery codes', (engine) => {
  test('twenty sign-ins at once with one recovery code open one session', async () => {
    const { client, clock } = await served(engine)
    const { person, codes } = await enrolled(client, clock)
    const tokens: string[] = []
    for (let at = 0; at < 20; at++) tokens.push(await halfSignedIn(client, person))
    const replies = await atOnce(20, (at) =>
      prove(client, tokens[at] ?? '', { method: 'recovery_code', code: codes[0] }),
    )
    assert.deepEqual(tally(replies), { '200': 1, '401 invalid_code': 19 })
  })

  test('five concurrent uses of recovery codes for one sign-in open one session', async () => {
    const { client, clock } = await served(engine)
    const { person, codes } = await enrolled(client, clock)
    const token = await halfSignedIn(client, person)
    const replies = await atOnce(5, (at) =>
      prove(client, token, { method: 'recovery_code', code: codes[at] }),
    )
    assert.deepEqual(tally(replies), { '200': 1, '401 attempt_expired': 4 })
  })
})
