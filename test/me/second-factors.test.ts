import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import { arrived, isAccepted, refreshed, sessionIn, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { codeAt, enrolled, enrolledEarlier, halfSignedIn, prove, wrongCodeAt } from '#test/support/totp.ts'

const totp = '/api/v1/me/totp'
const confirm = `${totp}/confirm`

async function served(engine: Engine, env: Record<string, string> = {}) {
  const clock = testClock()
  const { url, world } = await serveTestWorld(engine, { clock, env })
  return { client: clientAt(url), clock, world }
}

onBothEngines('authenticator apps', (engine) => {
  test('a sign-in requires a code only after the authenticator app was confirmed with one', async () => {
    const { client, clock } = await served(engine)
    const { person, session } = await arrived(client)
    const bearer = session.access_token
    const begun = await client.post(totp, { name: 'Phone' }, { bearer })
    assert.equal(begun.status, 201)
    assert.match(begun.body.uri, /^otpauth:\/\/totp\//)
    assert.match(begun.body.qr_svg, /^<svg /)
    assert.equal((await signIn(client, person)).body.mfa_required, undefined)
    const wrong = { code: wrongCodeAt(begun.body.secret, clock.now()) }
    assertRefused(await client.post(confirm, wrong, { bearer }), 'invalid_code')
    const done = await client.post(confirm, { code: codeAt(begun.body.secret, clock.now()) }, { bearer })
    assert.equal(done.body.recovery_codes.length, 10)
    for (const code of done.body.recovery_codes)
      assert.match(code, /^[0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{5}){2}$/)
    assert.equal((await signIn(client, person)).body.mfa_required, true)
    const { data, recovery_codes_left } = (await client.get('/api/v1/me/factors', { bearer })).body
    assert.deepEqual([data.length, data[0]?.id, data[0]?.name, recovery_codes_left], [1, 'totp', 'Phone', 10])
    // Adding an app ends no session.
    assert.equal(await isAccepted(client, bearer), true)
    await refreshed(client, session.refresh_token)
  })
})

onBothEngines('the session that confirms an authenticator app', (engine) => {
  test('confirming an authenticator app proves the session, and no other session of the user', async () => {
    const { client, clock } = await served(engine)
    const { person, session } = await arrived(client)
    const other = sessionIn(await signIn(client, person))
    const { secret } = (await client.post(totp, {}, { bearer: session.access_token })).body
    const code = codeAt(secret, clock.now())
    assert.equal((await client.post(confirm, { code }, { bearer: session.access_token })).status, 200)
    const { access_token: bearer } = await refreshed(client, session.refresh_token)
    const { acr, amr } = partsOf(bearer).claims
    assert.deepEqual([acr, amr], ['aal2', ['pwd', 'otp', 'mfa']])
    assertRefused(await client.delete(totp, { bearer: other.access_token }), 'step_up_required')
    assert.equal((await client.delete(totp, { bearer })).status, 204)
  })

  test('confirming an authenticator app does not renew a proof that is too old', async () => {
    const { client, clock } = await served(engine)
    const { session } = await arrived(client)
    const { secret } = (await client.post(totp, {}, { bearer: session.access_token })).body
    clock.forward(11 * 60_000)
    const { access_token: bearer } = await refreshed(client, session.refresh_token)
    const code = codeAt(secret, clock.now())
    assert.equal((await client.post(confirm, { code }, { bearer })).status, 200)
    assertRefused(await client.delete(totp, { bearer }), 'step_up_required')
  })

  test('a new setup replaces an unconfirmed app, but not a confirmed one', async () => {
    const { client, clock } = await served(engine)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const first = (await client.post(totp, {}, { bearer })).body.secret
    const second = (await client.post(totp, {}, { bearer })).body.secret
    assert.notEqual(first, second)
    const codeOf = (secret: string) => ({ code: codeAt(secret, clock.now()) })
    assertRefused(await client.post(confirm, codeOf(first), { bearer }), 'invalid_code')
    assert.equal((await client.post(confirm, codeOf(second), { bearer })).status, 200)
    const stepped = await stepUp(client, bearer, codeAt(second, clock.now() + 30_000))
    assertRefused(await client.post(totp, {}, { bearer: stepped }), 'already_enrolled')
    assertRefused(await client.post(confirm, codeOf(second), { bearer: stepped }), 'invalid_code')
  })
})

onBothEngines('the setup of an authenticator app', (engine) => {
  test('twenty confirmations at once turn an app on once, with one set of recovery codes', async () => {
    const { client, clock, world } = await served(engine)
    const { person, session } = await arrived(client)
    const bearer = session.access_token
    const { secret } = (await client.post(totp, {}, { bearer })).body
    const code = codeAt(secret, clock.now())
    const replies = await atOnce(20, () => client.post(confirm, { code }, { bearer }))
    assert.deepEqual(tally(replies), { '200': 1, '401 invalid_code': 19 })
    const events = await world.db.query(sql`select * from audit_events where event = 'factor.added'`)
    assert.equal(events.length, 1)
    const codes = replies.find(({ status }) => status === 200)?.body.recovery_codes ?? []
    const token = await halfSignedIn(client, person)
    sessionIn(await prove(client, token, { method: 'recovery_code', code: codes[9] }))
  })

  test('an authenticator app is confirmed in the session that began it, within half an hour', async () => {
    const { client, clock } = await served(engine)
    const { person, session } = await arrived(client)
    const { secret } = (await client.post(totp, {}, { bearer: session.access_token })).body
    const elsewhere = sessionIn(await signIn(client, person))
    const code = codeAt(secret, clock.now())
    assertRefused(await client.post(confirm, { code }, { bearer: elsewhere.access_token }), 'invalid_code')
    clock.forward(31 * 60_000)
    const { access_token: bearer } = await refreshed(client, session.refresh_token)
    const later = codeAt(secret, clock.now())
    assertRefused(await client.post(confirm, { code: later }, { bearer }), 'invalid_code')
  })

  test('adding an app needs a recent proof, and removing it a recent second factor', async () => {
    const { client, clock } = await served(engine)
    const { session } = await arrived(client)
    clock.forward(11 * 60_000)
    const { access_token: old } = await refreshed(client, session.refresh_token)
    assertRefused(await client.post(totp, {}, { bearer: old }), 'step_up_required')

    const other = await enrolledEarlier(client, clock)
    const bearer = other.session.access_token
    const refused = await client.delete(totp, { bearer })
    assertRefused(refused, 'step_up_required')
    assert.deepEqual(refused.body.methods, ['totp', 'recovery_code'])
    const stepped = await stepUp(client, bearer, other.nextCode())
    assert.equal((await client.delete(totp, { bearer: stepped })).status, 204)
    assertRefused(await client.delete(totp, { bearer: stepped }), 'not_found')
    assert.equal((await signIn(client, other.person)).body.mfa_required, undefined)
    assert.deepEqual((await client.get('/api/v1/me/recovery_codes', { bearer: stepped })).body, { left: 0 })
  })
})

onBothEngines('changes of second factors', (engine) => {
  test('a sign-in in progress fails after an enrolment', async () => {
    const { client, clock } = await served(engine)
    const { person, session, nextCode } = await enrolled(client, clock)
    const bearer = await stepUp(client, session.access_token, nextCode())
    const token = await halfSignedIn(client, person)
    assert.equal((await client.delete(totp, { bearer })).status, 204)
    const { secret } = (await client.post(totp, {}, { bearer })).body
    assert.equal((await client.post(confirm, { code: codeAt(secret, clock.now()) }, { bearer })).status, 200)
    // The secret from the beginning of the attempt is gone, and the code of the new one is used up.
    assertRefused(await prove(client, token, { code: codeAt(secret, clock.now()) }), 'invalid_code')
    clock.forward(30_000)
    sessionIn(await prove(client, token, { code: codeAt(secret, clock.now()) }))
  })

  test('a sign-in that waits for a second factor expires when that factor is removed', async () => {
    const { client, clock } = await served(engine)
    const { person, session, nextCode } = await enrolled(client, clock)
    const token = await halfSignedIn(client, person)
    const bearer = await stepUp(client, session.access_token, nextCode())
    assert.equal((await client.delete(totp, { bearer })).status, 204)
    assertRefused(await prove(client, token, { code: nextCode() }), 'attempt_expired')
    assertRefused(await client.post('/api/v1/auth/mfa/enroll', { mfa_token: token }), 'attempt_expired')
    sessionIn(await signIn(client, person))
  })

  test('deleting a user deletes their second factors, and a pending sign-in expires', async () => {
    const { client, clock } = await served(engine)
    const { person, session, nextCode } = await enrolled(client, clock)
    const token = await halfSignedIn(client, person)
    const bearer = await stepUp(client, session.access_token, nextCode())
    const code = nextCode()
    const [proofs] = await Promise.all([
      atOnce(10, () => prove(client, token, { code, trust_device: true })),
      client.delete('/api/v1/me', { bearer }),
    ])
    for (const { status, text } of proofs) assert.ok(status < 500, text)
    assertRefused(await prove(client, token, { code: nextCode() }), 'attempt_expired')
  })

  test('with SIGIL_MFA=off no second factor can be added, and existing ones still count', async () => {
    const { client } = await served(engine, { SIGIL_MFA: 'off' })
    const { session } = await arrived(client)
    assertRefused(await client.post(totp, {}, { bearer: session.access_token }), 'mfa_off')
  })
})

onBothEngines('calls that need a recent second factor', (engine) => {
  test('changing the password needs a recent second factor in addition to the current password', async () => {
    const { client, clock } = await served(engine)
    const { person, session, nextCode } = await enrolledEarlier(client, clock)
    const change = { current: person.password, new: 'another plum tarot 43' }
    const path = '/api/v1/me/password'
    assertRefused(await client.put(path, change, { bearer: session.access_token }), 'step_up_required')
    const bearer = await stepUp(client, session.access_token, nextCode())
    assertRefused(await client.put(path, { ...change, current: 'wrong' }, { bearer }), 'wrong_password')
    assert.equal((await client.put(path, change, { bearer })).status, 200)
  })

  test('the export needs a recent second factor, and contains the factors without secrets', async () => {
    const { client, clock } = await served(engine)
    const { session, secret, codes, nextCode } = await enrolledEarlier(client, clock)
    const path = '/api/v1/me/export'
    assertRefused(await client.get(path, { bearer: session.access_token }), 'step_up_required')
    const bearer = await stepUp(client, session.access_token, nextCode())
    const { body, text } = await client.get(path, { bearer })
    assert.deepEqual([body.factors.data[0]?.id, body.factors.recovery_codes_left], ['totp', 10])
    for (const hidden of [secret, ...codes]) assert.ok(!text.includes(hidden))
  })

  test('an export in an old session needs the password again', async () => {
    const { client, clock } = await served(engine)
    const { session } = await arrived(client)
    clock.forward(11 * 60_000)
    const { access_token: bearer } = await refreshed(client, session.refresh_token)
    assertRefused(await client.get('/api/v1/me/export', { bearer }), 'step_up_required')
  })
})

async function stepUp(client: ReturnType<typeof clientAt>, bearer: string, code: string): Promise<string> {
  const reply = await client.post('/api/v1/me/step_up', { method: 'totp', code }, { bearer })
  return sessionIn(reply).access_token
}
