import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { goodPassword, signedUp } from '#test/support/people.ts'
import { type TestClock, testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { codeAt, enrolled, wrongCodeAt } from '#test/support/totp.ts'

async function served(engine: Engine, env: Record<string, string> = {}) {
  const clock = testClock()
  const { url } = await serveTestWorld(engine, { clock, env })
  return { url, clock, browser: browserAt(url) }
}

/** The manual key, as a page shows it in groups. */
function keyIn({ text }: Reply): string {
  const [, key = ''] = /<p class="secret"><code>([A-Z2-7 ]+)<\/code>/.exec(text) ?? []
  return key.replaceAll(' ', '')
}

function codesIn({ text }: Reply): string[] {
  return [...text.matchAll(/<li><code>([0-9A-Z-]+)<\/code><\/li>/g)].map(([, code]) => code ?? '')
}

const security = '/account/security'

async function addedApp(browser: Client, clock: TestClock) {
  assertLeads(await sendForm(browser, `${security}/totp/begin`), `${security}/totp`)
  const page = await browser.get(`${security}/totp`)
  assertPage(page, 200)
  const secret = keyIn(page)
  const done = await sendForm(browser, `${security}/totp`, { code: codeAt(secret, clock.now()) })
  assertPage(done, 200)
  return { secret, codes: codesIn(done) }
}

function signInOn(browser: Client, login: string, next = ''): Promise<Reply> {
  return sendForm(browser, '/sign-in', { login, password: goodPassword, next })
}

onBothEngines('the security page', (engine) => {
  test('the security page adds an authenticator app and shows ten recovery codes once', async () => {
    const { browser, clock } = await served(engine)
    await arrivedOnPage(browser)
    const before = await browser.get(security)
    assert.match(before.text, /Two-step verification <span class="badge neutral">Off/)
    assert.match((await browser.get(`${security}/totp`)).text, /Set up the app/)
    assertLeads(await sendForm(browser, `${security}/totp/begin`), `${security}/totp`)
    const page = await browser.get(`${security}/totp`)
    assert.match(page.text, /<div class="qr" aria-hidden="true"><svg /)
    const secret = keyIn(page)
    const wrong = await sendForm(browser, `${security}/totp`, { code: wrongCodeAt(secret, clock.now()) })
    assertPage(wrong, 401)
    assert.match(wrong.text, /<p class="problem" id="code-problem">The code is wrong/)
    assert.equal(keyIn(wrong), secret)
    const done = await sendForm(browser, `${security}/totp`, { code: codeAt(secret, clock.now()) })
    assert.equal(codesIn(done).length, 10)
    const after = await browser.get(security)
    assert.match(after.text, /<span class="badge good">On/)
    assert.match(after.text, /10 codes are left/)
    assert.deepEqual(codesIn(after), [])
    assert.ok(!after.text.includes(secret))
    assertLeads(await browser.get(`${security}/totp`), security)
  })

  test('removing an app on the page needs a recent proof, and continues after it', async () => {
    const { browser, clock } = await served(engine)
    await arrivedOnPage(browser)
    const { secret } = await addedApp(browser, clock)
    clock.forward(11 * 60_000)
    const remove = `${security}/totp/remove`
    const confirm = `/account/confirm?next=${encodeURIComponent(remove)}`
    assertLeads(await browser.get(remove), confirm)
    assertLeads(await sendForm(browser, remove), confirm)
    assert.match((await browser.get(confirm)).text, /Confirm that it is you/)
    const sent = { method: 'totp', next: remove }
    const wrong = await sendForm(browser, '/account/confirm', {
      ...sent,
      code: wrongCodeAt(secret, clock.now()),
    })
    assertPage(wrong, 401)
    assert.match(wrong.text, /id="code-problem"/)
    clock.forward(30_000)
    const code = codeAt(secret, clock.now())
    assertLeads(await sendForm(browser, '/account/confirm', { ...sent, code }), remove)
    assert.match((await browser.get(remove)).text, /Remove the authenticator app\?/)
    assertLeads(await sendForm(browser, remove), security)
    assert.match((await browser.get(security)).text, /badge neutral">Off/)
  })
})

onBothEngines('a recent proof on pages', (engine) => {
  test('a recovery code is a recent proof for creating new recovery codes on the page', async () => {
    const { browser, clock } = await served(engine)
    await arrivedOnPage(browser)
    const { codes } = await addedApp(browser, clock)
    clock.forward(11 * 60_000)
    const path = `${security}/recovery-codes`
    assertLeads(await browser.get(path), `/account/confirm?next=${encodeURIComponent(path)}`)
    const proof = { method: 'recovery_code', code: codes[0] ?? '', next: path }
    assertLeads(await sendForm(browser, '/account/confirm', proof), path)
    assert.match((await browser.get(path)).text, /9 codes are left/)
    const fresh = codesIn(await sendForm(browser, path))
    assert.equal(fresh.length, 10)
    assert.ok(!fresh.includes(codes[1] ?? ''))
  })

  test('an old page session needs the password as a recent proof before an app is added', async () => {
    const { browser, clock } = await served(engine)
    await arrivedOnPage(browser)
    clock.forward(11 * 60_000)
    const confirm = `/account/confirm?next=${encodeURIComponent(`${security}/totp`)}`
    assertLeads(await browser.get(`${security}/totp`), confirm)
    assertLeads(await sendForm(browser, `${security}/totp/begin`), confirm)
    const sent = { method: 'password', next: `${security}/totp` }
    const wrong = await sendForm(browser, '/account/confirm', { ...sent, password: 'not this one 1' })
    assertPage(wrong, 403)
    assert.match(wrong.text, /id="password-problem"/)
    const right = await sendForm(browser, '/account/confirm', { ...sent, password: goodPassword })
    assertLeads(right, `${security}/totp`)
    assertPage(await browser.get(`${security}/totp`), 200)
    const away = await sendForm(browser, '/account/confirm', {
      method: 'password',
      password: goodPassword,
      next: 'https://evil.example/',
    })
    assertLeads(away, security)
  })
})

onBothEngines('the page for a code', (engine) => {
  test('the verify page completes a sign-in and shows an error next to the field', async () => {
    const { url, browser, clock } = await served(engine)
    const { person, secret, nextCode } = await enrolled(clientAt(url), clock)
    const verify = '/sign-in/verify?next=%2Faccount%2Fprofile'
    assertLeads(await signInOn(browser, person.email, '/account/profile'), verify)
    assertLeads(await browser.get('/account'), '/sign-in?next=%2Faccount')
    const page = await browser.get(verify)
    assert.match(page.text, /autocomplete="one-time-code"/)
    assert.match(page.text, /Do not ask for a code on this device for 30 days/)
    assert.match(page.text, /data-can-passkey/)
    const sent = { method: 'totp', next: '/account/profile' }
    const wrong = await sendForm(browser, '/sign-in/verify', {
      ...sent,
      code: wrongCodeAt(secret, clock.now()),
    })
    assertPage(wrong, 401)
    assert.match(wrong.text, /id="code-problem"/)
    // As the script sends it where the device can hold a passkey.
    const able = { ...sent, code: nextCode(), can_passkey: 'yes' }
    const done = await sendForm(browser, '/sign-in/verify', able)
    assertLeads(done, '/account/passkeys/offer?next=%2Faccount%2Fprofile')
    assertPage(await browser.get('/account'), 200)
    assert.ok(done.cookies.some((cookie) => /^sigil_attempt=; .*Max-Age=0/.test(cookie)))
    assertLeads(await browser.get('/sign-in/verify'), '/sign-in')
  })

  test('the verify page accepts a recovery code instead', async () => {
    const { url, browser, clock } = await served(engine)
    const { person, codes } = await enrolled(clientAt(url), clock)
    await signInOn(browser, person.email)
    assert.match((await browser.get('/sign-in/verify')).text, /verify\?method=recovery_code/)
    assert.match((await browser.get('/sign-in/verify?method=recovery_code')).text, /Enter a recovery code/)
    const sent = { method: 'recovery_code', code: codes[3] ?? '' }
    assertLeads(await sendForm(browser, '/sign-in/verify', sent), '/account')
  })

  test('the verify page redirects to sign-in after five wrong codes', async () => {
    const { url, browser, clock } = await served(engine)
    assertLeads(await browser.get('/sign-in/verify'), '/sign-in')
    const { person, secret, nextCode } = await enrolled(clientAt(url), clock)
    await signInOn(browser, person.email)
    const wrong = { method: 'totp', code: wrongCodeAt(secret, clock.now()) }
    for (let at = 0; at < 4; at++) assertPage(await sendForm(browser, '/sign-in/verify', wrong), 401)
    assertLeads(await sendForm(browser, '/sign-in/verify', wrong), '/sign-in')
    const late = await sendForm(browser, '/sign-in/verify', { method: 'totp', code: nextCode() })
    assertLeads(late, '/sign-in')
    assert.match((await browser.get('/sign-in')).text, /That sign-in has expired/)
  })
})

onBothEngines('a sign-in on pages with a code', (engine) => {
  test('a device is trusted if the box is checked, until the user removes it', async () => {
    const { url, browser, clock } = await served(engine)
    const { person, nextCode } = await enrolled(clientAt(url), clock)
    await signInOn(browser, person.email)
    const sent = { method: 'totp', code: nextCode(), trust_device: 'yes' }
    assertLeads(await sendForm(browser, '/sign-in/verify', sent), '/account')
    await sendForm(browser, '/sign-out')
    assertLeads(await signInOn(browser, person.email), '/account')
    const { text } = await browser.get(security)
    const [, forget = ''] = /action="(\/account\/security\/devices\/[\w-]{22}\/forget)"/.exec(text) ?? []
    assertLeads(await sendForm(browser, forget), security)
    await sendForm(browser, '/sign-out')
    assertLeads(await signInOn(browser, person.email), '/sign-in/verify')
  })

  test('pages reject attempts that began with the API, and the API rejects attempts from pages', async () => {
    const { url, browser, clock } = await served(engine)
    const client = clientAt(url)
    const { person, nextCode } = await enrolled(client, clock)
    const { mfa_token } = (
      await client.post('/api/v1/auth/signin', { login: person.email, password: goodPassword })
    ).body
    const headers = { cookie: `sigil_attempt=${mfa_token}` }
    const onPage = await sendForm(client, '/sign-in/verify', { method: 'totp', code: nextCode() }, headers)
    assertLeads(onPage, '/sign-in')
    await signInOn(browser, person.email)
    const token = browser.jar.valueOf('sigil_attempt')
    const atApi = await client.post('/api/v1/auth/mfa', {
      mfa_token: token,
      method: 'totp',
      code: nextCode(),
    })
    assert.equal(atApi.body.code, 'attempt_expired')
  })
})

onBothEngines('a required second factor on pages', (engine) => {
  test('a required second factor is set up in a sign-in on pages, with recovery codes', async () => {
    const { url, browser, clock } = await served(engine, { SIGIL_MFA: 'required' })
    const person = await signedUp(clientAt(url))
    assertLeads(await signInOn(browser, person.email), '/sign-in/verify')
    assert.match((await browser.get('/sign-in/verify')).text, /Set up two-step verification/)
    const begun = await sendForm(browser, '/sign-in/verify/set-up')
    assertLeads(begun, '/sign-in/verify')
    const secret = keyIn(await browser.get('/sign-in/verify'))
    const wrong = { method: 'totp', code: wrongCodeAt(secret, clock.now()) }
    assert.equal(keyIn(await sendForm(browser, '/sign-in/verify', wrong)), secret)
    const done = await sendForm(browser, '/sign-in/verify', {
      method: 'totp',
      code: codeAt(secret, clock.now()),
    })
    assertPage(done, 200)
    assert.equal(codesIn(done).length, 10)
    assertPage(await browser.get('/account'), 200)
  })

  test('a required second factor is also set up after signing up on pages', async () => {
    const { browser } = await served(engine, { SIGIL_MFA: 'required' })
    const reply = await sendForm(browser, '/sign-up', {
      email: 'new@example.org',
      password: goodPassword,
      repeat_password: goodPassword,
    })
    assertLeads(reply, '/sign-in/verify')
  })
})
