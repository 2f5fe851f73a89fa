import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { newAuthenticator } from '#test/support/authenticator.ts'
import { browserAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { optionsIn } from '#test/support/passkeys.ts'
import { goodPassword } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { codeAt } from '#test/support/totp.ts'

const verify = '/sign-in/verify'
const confirm = '/account/confirm'

/** A user signed in on pages, with a passkey and an authenticator app. */
async function owner(engine: Engine) {
  const clock = testClock()
  const { url, world } = await serveTestWorld(engine, { clock })
  const browser = browserAt(url)
  const email = await arrivedOnPage(browser)
  const authenticator = newAuthenticator(url)
  const created = optionsIn(await sendForm(browser, '/account/passkeys/options'))
  const response = JSON.stringify(authenticator.create(created))
  assertLeads(await sendForm(browser, '/account/passkeys', { response }), '/account/passkeys')
  await sendForm(browser, '/account/security/totp/begin')
  const { text } = await browser.get('/account/security/totp')
  const secret = /<p class="secret"><code>([A-Z2-7 ]+)</.exec(text)?.[1]?.replaceAll(' ', '') ?? ''
  const code = codeAt(secret, clock.now())
  assertPage(await sendForm(browser, '/account/security/totp', { code }), 200)
  const signIn = () =>
    sendForm(browser, '/sign-in', { login: email, password: goodPassword, next: '/account/history' })
  return { url, world, clock, browser, email, authenticator, signIn }
}

onBothEngines('a passkey on the second-factor page', (engine) => {
  test('the verify page offers a passkey next to the code, and a passkey completes the sign-in', async () => {
    const { browser, authenticator, signIn } = await owner(engine)
    await sendForm(browser, '/sign-out')
    assertLeads(await signIn(), `${verify}?next=%2Faccount%2Fhistory`)
    const page = await browser.get(`${verify}?next=%2Faccount%2Fhistory`)
    assert.match(page.text, /autocomplete="one-time-code"/)
    assert.match(page.text, /hidden\n data-passkey="confirm" data-options="\/sign-in\/verify\/options"/)
    const options = optionsIn(await sendForm(browser, `${verify}/options`))
    const wrong = authenticator.get(options, { key: newAuthenticator('').key })
    const rejected = await sendForm(browser, verify, { response: JSON.stringify(wrong) })
    assertPage(rejected, 401)
    assert.match(rejected.text, /The passkey was not accepted/)
    const response = JSON.stringify(
      authenticator.get(optionsIn(await sendForm(browser, `${verify}/options`))),
    )
    assertLeads(await sendForm(browser, verify, { response, next: '/account/history' }), '/account/history')
    assertPage(await browser.get('/account'), 200)
  })

  test('without a pending sign-in, the options redirect back and a passkey completes nothing', async () => {
    const { url, browser, authenticator, signIn } = await owner(engine)
    const stranger = browserAt(url)
    assert.deepEqual(JSON.parse((await sendForm(stranger, `${verify}/options`)).text), { confirm: verify })
    await sendForm(browser, '/sign-out')
    await signIn()
    const response = JSON.stringify(
      authenticator.get(optionsIn(await sendForm(browser, `${verify}/options`))),
    )
    assertLeads(await sendForm(stranger, verify, { response }), '/sign-in')
  })
})

onBothEngines('a recent proof of a user with two-step verification', (engine) => {
  test('the confirm page offers code, recovery code and passkey, and accepts the passkey', async () => {
    const { browser, world, email, authenticator } = await owner(engine)
    await world.db.query(sql`update sessions set authenticated_at = 1 where user_id in
      (select id from users where email = ${email})`)
    const next = '/account/security/totp/remove'
    const lead = `${confirm}?next=${encodeURIComponent(next)}`
    assertLeads(await browser.get(next), lead)
    const page = await browser.get(lead)
    assert.match(page.text, /autocomplete="one-time-code"/)
    assert.match(page.text, /method=recovery_code/)
    assert.doesNotMatch(page.text, /current-password/)
    assert.match(page.text, /data-options="\/account\/confirm\/options"/)
    const byPassword = await sendForm(browser, confirm, { password: goodPassword, next })
    assertPage(byPassword, 401)
    const response = JSON.stringify(
      authenticator.get(optionsIn(await sendForm(browser, `${confirm}/options`))),
    )
    assertLeads(await sendForm(browser, confirm, { response, next }), next)
    assertPage(await browser.get(next), 200)
  })

  test('removing the authenticator app keeps the passkey, and a password signs in without it', async () => {
    const { browser, signIn } = await owner(engine)
    assertLeads(await sendForm(browser, '/account/security/totp/remove'), '/account/security')
    const { text } = await browser.get('/account/security')
    assert.match(text, /Passkeys <span class="badge good">1</)
    assert.match(text, /href="\/account\/passkeys"/)
    await sendForm(browser, '/sign-out')
    assertLeads(await signIn(), '/account/history')
  })
})
