import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerToApp,
  authorizePath,
  claimsIn,
  exchange,
  locationOf,
  newPkce,
  registerApp,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { goodPassword, sessionIn, signIn } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { addedTotp, clockAhead } from '#test/support/totp.ts'

onBothEngines('fresh proofs for apps', (engine) => {
  const server = serverForSuite(engine)

  test('prompt=login and max_age=0 are a step-up: the session and its other apps continue', async () => {
    const [app, other] = [await registerApp(server().world), await registerApp(server().world)]
    const browser = browserAt(server().url)
    const client = clientAt(server().url)
    await arrivedOnPage(browser)
    const elsewhere = await tokensFor(browser, client, other)
    const wishes: Record<string, string>[] = [{ prompt: 'login' }, { prompt: 'login', max_age: '0' }]
    for (const wish of wishes) {
      const pkce = newPkce()
      const next = await confirmed(browser, authorizePath(app, pkce, wish), { password: goodPassword })
      const code = (await answerToApp(browser, next, app)).get('code') ?? ''
      const id = claimsIn(
        tokensIn(await exchange(client, app, { code, code_verifier: pkce.verifier })).id_token,
      )
      const { auth_time: before } = claimsIn(elsewhere.id_token)
      assert.ok(Number(id.auth_time) >= Number(before), JSON.stringify(wish))
      assert.deepEqual([id.acr, id.amr], ['aal1', ['pwd']])
    }
    const info = await client.get('/oauth/userinfo', { bearer: elsewhere.access_token })
    assert.equal(info.status, 200)
  })

  test('a fresh proof is requested until it is given, and may be given by another user', async () => {
    const app = await registerApp(server().world)
    const [stranger, browser] = [browserAt(server().url), browserAt(server().url)]
    const other = await arrivedOnPage(stranger)
    await arrivedOnPage(browser)
    const confirm = locationOf(await browser.get(authorizePath(app, newPkce(), { prompt: 'login' })))
    const next = nextIn(confirm)
    const again = locationOf(await browser.get(next))
    assert.match(again, /^\/account\/confirm\?/)
    const wrong = await sendForm(browser, '/account/confirm', { method: 'password', password: 'wrong', next })
    assert.equal(wrong.status, 403, wrong.text)
    const page = await browser.get(again)
    const form = otherAccountIn(page)
    assert.match((await browser.get(form)).text, /name="password"/)
    const fields = { login: other, password: goodPassword, next: nextIn(form) }
    await sendForm(browser, '/sign-in', fields)
    assert.ok((await answerToApp(browser, fields.next, app)).get('code'))
  })
})

onBothEngines('login hints of apps', (engine) => {
  const server = serverForSuite(engine)

  test('login hints prefill the form, and another user can sign in', async () => {
    const app = await registerApp(server().world)
    const browser = browserAt(server().url)
    const email = await arrivedOnPage(browser)
    const hinted = (login_hint: string, more = {}) =>
      browser.get(authorizePath(app, newPkce(), { login_hint, ...more }))
    assert.match(locationOf(await hinted('else@example.org')), /^https:\/\/app\.example\.com\//)
    const confirm = locationOf(await hinted(email.toUpperCase(), { prompt: 'login' }))
    assert.match(confirm, /^\/account\/confirm/)
    const other = locationOf(await hinted('"><b>else@example.org', { prompt: 'login' }))
    assert.match(other, /^\/sign-in\?.*login=/)
    const page = await browser.get(other)
    assert.match(page.text, /value="&quot;&gt;&lt;b&gt;else@example\.org"/)
    const { id_token } = await tokensFor(browser, clientAt(server().url), app)
    const second = browserAt(server().url)
    await arrivedOnPage(second)
    const foreign = authorizePath(app, newPkce(), { id_token_hint: id_token })
    assert.match(locationOf(await second.get(foreign)), /^\/sign-in\?/)
    assert.ok((await answerToApp(browser, foreign, app)).get('code'))
    const silent = authorizePath(app, newPkce(), { id_token_hint: id_token, prompt: 'none' })
    assert.equal((await answerToApp(second, silent, app)).get('error'), 'login_required')
  })
})

onBothEngines('authentication levels that apps require', (engine) => {
  const server = serverForSuite(engine)

  test('acr_values=aal2 requires the second factor, and the ID token contains the used methods', async () => {
    const app = await registerApp(server().world)
    const browser = browserAt(server().url)
    const email = await arrivedOnPage(browser)
    const none = { acr_values: 'aal2', prompt: 'none' }
    const unmet = await answerToApp(browser, authorizePath(app, newPkce(), { acr_values: 'aal2' }), app)
    assert.equal(unmet.get('error'), 'unmet_authentication_requirements')
    const unknown = await answerToApp(browser, authorizePath(app, newPkce(), { acr_values: 'urn:x' }), app)
    assert.ok(unknown.get('code'))
    assert.equal((await answerToApp(browser, authorizePath(app, newPkce(), none), app)).get('code'), null)
    const client = clientAt(server().url)
    const { access_token: bearer } = sessionIn(await signIn(client, { email, password: goodPassword }))
    const { nextCode } = await addedTotp(client, { bearer, clock: clockAhead() })
    // This session has proven only a password.
    const silent = await answerToApp(browser, authorizePath(app, newPkce(), none), app)
    assert.equal(silent.get('error'), 'login_required')
    const pkce = newPkce()
    const request = authorizePath(app, pkce, { acr_values: 'aal2' })
    assert.match(locationOf(await browser.get(request)), /^\/account\/confirm\?.*level=aal2/)
    const next = await confirmed(browser, request, { method: 'totp', code: nextCode(), level: 'aal2' })
    const code = (await answerToApp(browser, next, app)).get('code') ?? ''
    const id = claimsIn(
      tokensIn(await exchange(client, app, { code, code_verifier: pkce.verifier })).id_token,
    )
    assert.deepEqual([id.acr, id.amr], ['aal2', ['pwd', 'otp', 'mfa']])
    assert.ok((await answerToApp(browser, authorizePath(app, newPkce(), none), app)).get('code'))
  })
})

onBothEngines('choices of users', (engine) => {
  const server = serverForSuite(engine)

  test('prompt=select_account asks, and a fresh sign-in counts as a choice', async () => {
    const app = await registerApp(server().world)
    const browser = browserAt(server().url)
    const email = await arrivedOnPage(browser)
    const path = () => authorizePath(app, newPkce(), { prompt: 'select_account' })
    const choice = locationOf(await browser.get(path()))
    assert.match(choice, /^\/oauth\/account\/[\w-]+$/)
    const page = await browser.get(choice)
    assert.ok(page.text.includes(`Continue as ${email}`), page.text)
    const kept = await sendForm(browser, choice)
    assert.ok((await answerToApp(browser, locationOf(kept), app)).get('code'))
    assert.equal((await browser.get(choice)).status, 404)
    const second = await browser.get(locationOf(await browser.get(path())))
    const next = nextIn(otherAccountIn(second))
    await sendForm(browser, '/sign-in', { login: email, password: goodPassword, next })
    assert.ok((await answerToApp(browser, next, app)).get('code'))
    const nobody = browserAt(server().url)
    const begun = nextIn(locationOf(await nobody.get(path())))
    await sendForm(nobody, '/sign-in', { login: email, password: goodPassword, next: begun })
    assert.ok((await answerToApp(nobody, begun, app)).get('code'))
  })

  test('prompt=consent asks for consent even for an app that needs none', async () => {
    const app = await registerApp(server().world)
    const browser = browserAt(server().url)
    await arrivedOnPage(browser)
    const asked = await browser.get(authorizePath(app, newPkce(), { prompt: 'consent' }))
    assert.match(locationOf(asked), /^\/consent\//)
    const both = authorizePath(app, newPkce(), { prompt: 'none consent' })
    assert.equal((await answerToApp(browser, both, app)).get('error'), 'invalid_request')
  })

  test('ui_locales chooses the language of the pages, unless the user has chosen one', async () => {
    const app = await registerApp(server().world)
    const browser = browserAt(server().url)
    const path = authorizePath(app, newPkce(), { ui_locales: 'fr-CA ru-RU en' })
    const page = await browser.get(locationOf(await browser.get(path)))
    assert.match(page.text, /<html lang="ru">/)
    const german = authorizePath(app, newPkce(), { ui_locales: 'en' })
    const still = await browser.get(locationOf(await browser.get(german)))
    assert.match(still.text, /<html lang="ru">/)
  })
})

/** The link on a page for a user who wants another account. */
function otherAccountIn({ text }: Reply): string {
  const [, href = ''] = /href="(\/sign-in\?[^"]+)"/.exec(text) ?? []
  return href.replaceAll('&amp;', '&')
}

function nextIn(location: string): string {
  return new URLSearchParams(location.split('?')[1]).get('next') ?? ''
}

/** Authenticates the user again, as the page requires. Returns the next URL. */
async function confirmed(browser: Client, path: string, proof: Record<string, string>): Promise<string> {
  const confirm = locationOf(await browser.get(path))
  assert.match(confirm, /^\/account\/confirm\?/)
  assert.equal((await browser.get(confirm)).status, 200)
  const next = nextIn(confirm)
  const sent = await sendForm(browser, '/account/confirm', { method: 'password', ...proof, next })
  assert.equal(sent.headers.location, next, sent.text)
  return next
}
