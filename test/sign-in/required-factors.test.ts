import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setPasswordOf } from '#src/accounts/set-password.ts'
import { byCli } from '#src/audit/by.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import { arrived, goodPassword, personWithRoles, sessionIn, signedUp, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { codeAt, prove, wrongCodeAt } from '#test/support/totp.ts'

const enroll = '/api/v1/auth/mfa/enroll'

async function served(engine: Engine, env: Record<string, string>) {
  const clock = testClock()
  const { url, world } = await serveTestWorld(engine, { clock, env })
  return { client: clientAt(url), clock, world }
}

onBothEngines('a required second factor', (engine) => {
  test('a required second factor is set up during the sign-in, which then completes', async () => {
    const { client, clock } = await served(engine, { SIGIL_MFA: 'required' })
    const person = await signedUp(client)
    const { body } = await signIn(client, person)
    assert.deepEqual([body.mfa_required, body.methods, body.enroll], [true, [], ['totp']])
    const { mfa_token } = body
    const early = await prove(client, mfa_token, { code: '123456' })
    assertRefused(early, 'invalid_code')
    const begun = await client.post(enroll, { mfa_token })
    assert.equal(begun.status, 200, begun.text)
    const { secret } = begun.body
    const wrong = await prove(client, mfa_token, { code: wrongCodeAt(secret, clock.now()) })
    assertRefused(wrong, 'invalid_code')
    const reply = await prove(client, mfa_token, { code: codeAt(secret, clock.now()) })
    const session = sessionIn(reply)
    assert.equal(reply.body.recovery_codes.length, 10)
    assert.deepEqual(partsOf(session.access_token).claims.amr, ['pwd', 'otp', 'mfa'])
    const next = await signIn(client, person)
    assert.deepEqual(next.body.methods, ['totp', 'recovery_code'])
    assert.equal(next.body.enroll, undefined)
    assertRefused(await client.post(enroll, { mfa_token: next.body.mfa_token }), 'attempt_expired')
  })

  test('the recovery codes are shown even if the password must be replaced too', async () => {
    const { client, clock, world } = await served(engine, { SIGIL_MFA: 'required' })
    const person = await signedUp(client)
    const setting = { userId: person.id, password: goodPassword, mustChange: true, address: '', by: byCli }
    await setPasswordOf(world, setting)
    const { mfa_token } = (await signIn(client, person)).body
    const { secret } = (await client.post(enroll, { mfa_token })).body
    const { text } = await prove(client, mfa_token, { code: codeAt(secret, clock.now()) })
    const { password_change_required, recovery_codes, access_token } = JSON.parse(text)
    assert.deepEqual([password_change_required, recovery_codes.length, access_token], [true, 10, undefined])
    const reset = { mfa_token, password: 'a password of my own choice' }
    assert.equal((await client.post('/api/v1/auth/reset', reset)).status, 204)
    const half = (await signIn(client, { ...person, password: reset.password })).body
    const proof = { method: 'recovery_code', code: recovery_codes[0] }
    sessionIn(await prove(client, half.mfa_token, proof))
  })
})

onBothEngines('the setup of a required second factor', (engine) => {
  test('the setup of a required second factor is bound to its attempt', async () => {
    const { client, clock } = await served(engine, { SIGIL_MFA: 'required' })
    const person = await signedUp(client)
    const one = (await signIn(client, person)).body.mfa_token
    const other = (await signIn(client, person)).body.mfa_token
    const { secret } = (await client.post(enroll, { mfa_token: one })).body
    assertRefused(await prove(client, other, { code: codeAt(secret, clock.now()) }), 'invalid_code')
    sessionIn(await prove(client, one, { code: codeAt(secret, clock.now()) }))
  })

  test('twenty first codes at once turn a second factor on once and open one session', async () => {
    const { client, clock } = await served(engine, { SIGIL_MFA: 'required' })
    const { mfa_token } = (await signIn(client, await signedUp(client))).body
    const { secret } = (await client.post(enroll, { mfa_token })).body
    const code = codeAt(secret, clock.now())
    const replies = await atOnce(20, () => prove(client, mfa_token, { code }))
    const opened = replies.filter(({ status }) => status === 200)
    assert.equal(opened.length, 1, JSON.stringify(tally(replies)))
    assert.equal(opened[0]?.body.recovery_codes.length, 10)
  })

  test('SIGIL_MFA_REQUIRED_ROLES applies only to users with one of the roles', async () => {
    const { client, world } = await served(engine, { SIGIL_MFA_REQUIRED_ROLES: 'admin,subscriber' })
    const admin = await personWithRoles(world, ['default_user', 'admin'])
    assert.deepEqual((await signIn(client, admin)).body.enroll, ['totp'])
    await arrived(client)
  })

  test('a sign-in without a required second factor cannot begin to set one up', async () => {
    const { client } = await served(engine, {})
    assertRefused(await client.post(enroll, { mfa_token: 'not one of ours' }), 'attempt_expired')
  })
})
