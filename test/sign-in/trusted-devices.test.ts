import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import { sessionIn, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { addedTotp, enrolled, prove } from '#test/support/totp.ts'

const devices = '/api/v1/me/devices'

async function trusting(engine: Engine) {
  const clock = testClock()
  const { url } = await serveTestWorld(engine, { clock })
  const browser = browserAt(url)
  const someone = await enrolled(browserAt(url), clock)
  const { mfa_token } = (await signIn(browser, someone.person)).body
  const reply = await prove(browser, mfa_token, { code: someone.nextCode(), trust_device: true })
  const session = sessionIn(reply)
  return { clock, url, browser, session, someone }
}

onBothEngines('trusted devices', (engine) => {
  test('a sign-in on a trusted device needs no second factor, and its session has level aal1', async () => {
    const { browser, url, someone } = await trusting(engine)
    const session = sessionIn(await signIn(browser, someone.person))
    const { acr, amr } = partsOf(session.access_token).claims
    assert.deepEqual([acr, amr], ['aal1', ['pwd']])
    assert.equal((await signIn(browserAt(url), someone.person)).body.mfa_required, true)
    const wrong = await signIn(browser, { ...someone.person, password: 'not the password 1' })
    assertRefused(wrong, 'wrong_credentials')
    // It replaces the second factor only at a sign-in.
    const bearer = session.access_token
    assertRefused(await browser.get('/api/v1/me/export', { bearer }), 'step_up_required')
  })

  test('a device is trusted for 30 days', async () => {
    const { browser, clock, someone } = await trusting(engine)
    clock.forward(29 * 24 * 60 * 60_000)
    sessionIn(await signIn(browser, someone.person))
    clock.forward(2 * 24 * 60 * 60_000)
    assert.equal((await signIn(browser, someone.person)).body.mfa_required, true)
  })

  test('a trusted device is listed, and needs a second factor again once it is removed', async () => {
    const { browser, session, someone } = await trusting(engine)
    const bearer = session.access_token
    const { data } = (await browser.get(devices, { bearer })).body
    assert.equal(data.length, 1)
    const id = data[0]?.id
    assert.equal((await browser.delete(`${devices}/${id}`, { bearer })).status, 204)
    assertRefused(await browser.delete(`${devices}/${id}`, { bearer }), 'not_found')
    assert.deepEqual((await browser.get(devices, { bearer })).body.data, [])
    assert.equal((await signIn(browser, someone.person)).body.mfa_required, true)
  })

  test('a trusted device needs a second factor again once the signature has changed', async () => {
    const { browser, session, someone } = await trusting(engine)
    await browser.post('/api/v1/auth/logout_all', {}, { bearer: session.access_token })
    assert.equal((await signIn(browser, someone.person)).body.mfa_required, true)
  })

  test('a trusted device of one user is not trusted for another', async () => {
    const { browser, clock, url } = await trusting(engine)
    const other = await enrolled(browserAt(url), clock)
    assert.equal((await signIn(browser, other.person)).body.mfa_required, true)
    const { data } = (await browser.get(devices, { bearer: other.session.access_token })).body
    assert.deepEqual(data, [])
  })
})

onBothEngines('devices that are not trusted', (engine) => {
  test('a sign-in without trust_device sets no cookie and stores no device', async () => {
    const { url, clock, someone } = await trusting(engine)
    const other = browserAt(url)
    const { mfa_token } = (await signIn(other, someone.person)).body
    clock.forward(30_000)
    const reply = await prove(other, mfa_token, { code: someone.nextCode() })
    assert.ok(!reply.cookies.some((cookie) => cookie.startsWith('sigil_trusted_device')))
    assert.equal((await signIn(other, someone.person)).body.mfa_required, true)
  })
})

onBothEngines('removing the last second factor', (engine) => {
  test('removing the last second factor ends the trust in every device and all recovery codes', async () => {
    const { browser, clock, session, someone } = await trusting(engine)
    const bearer = session.access_token
    assert.equal((await browser.delete('/api/v1/me/totp', { bearer })).status, 204)
    const { codes } = await addedTotp(browser, { bearer, clock })
    assert.equal(codes.length, 10)
    const { mfa_required, mfa_token } = (await signIn(browser, someone.person)).body
    assert.equal(mfa_required, true)
    const use = (code: string | undefined) => prove(browser, mfa_token, { method: 'recovery_code', code })
    assertRefused(await use(someone.codes[0]), 'invalid_code')
    sessionIn(await use(codes[0]))
  })
})
