import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { newAuthenticator } from '#test/support/authenticator.ts'
import { browserAt, type Client } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import { optionsIn } from '#test/support/passkeys.ts'
import { goodPassword, type Person } from '#test/support/people.ts'
import { proofCode, verifiedPerson } from '#test/support/verified-person.ts'

const security = '/account/security'
const confirm = '/account/confirm'
const verify = '/sign-in/verify'

async function arrived(site: MailSite): Promise<{ browser: Client; person: Person }> {
  const browser = browserAt(site.server().url)
  const person = await verifiedPerson(browser, site)
  await signedInOnPage(browser, person.email)
  return { browser, person }
}

/** Makes the last proof of this user's sessions old. */
async function age({ server }: MailSite, { id }: Person): Promise<void> {
  await server().world.db.query(sql`update sessions set authenticated_at = 1 where user_id = ${id}`)
}

function codesIn(text: string): string[] {
  return [...text.matchAll(/<li><code>([0-9A-Z-]+)<\/code><\/li>/g)].map(([, code]) => code ?? '')
}

const credentialsOf = ({ email }: Person) => ({ login: email, password: goodPassword })

onBothEngines('turning second factors on and off on pages', (engine) => {
  const site = mailSiteForSuite(engine)

  test('codes by mail are turned on, required, and turned off on pages', async () => {
    const { browser, person } = await arrived(site)
    assert.match((await browser.get(security)).text, /Use codes by email/)
    const path = `${security}/email_code`
    assert.doesNotMatch((await browser.get(path)).text, /one-time-code/)
    assertLeads(await sendForm(browser, `${path}/send`), `${path}?sent=1`)
    assert.match((await browser.get(`${path}?sent=1`)).text, /one-time-code/)
    assertPage(await sendForm(browser, path, { code: '12' }), 401)
    const code = await proofCode(site, person.email)
    const codes = codesIn((await sendForm(browser, path, { code })).text)
    assert.equal(codes.length, 10)
    assert.match((await browser.get(security)).text, /href="\/account\/security\/email_code\/remove"/)

    await sendForm(browser, '/sign-out')
    assertLeads(await sendForm(browser, '/sign-in', credentialsOf(person)), '/sign-in/verify-by-mail')
    const asked = await browser.get('/sign-in/verify-by-mail')
    assert.match(asked.text, /method=recovery_code/)
    const recovery = { method: 'recovery_code', code: codes[0] ?? '' }
    assertLeads(await sendForm(browser, verify, recovery), '/account')

    const remove = `${path}/remove`
    assert.match((await browser.get(remove)).text, /Your password alone will be enough/)
    assertLeads(await sendForm(browser, remove), security)
    await sendForm(browser, '/sign-out')
    await signedInOnPage(browser, person.email)
  })

  test('a passkey is required after the password, and the page explains it', async () => {
    const { browser, person } = await arrived(site)
    const authenticator = newAuthenticator(site.server().url)
    const created = authenticator.create(optionsIn(await sendForm(browser, '/account/passkeys/options')))
    await sendForm(browser, '/account/passkeys', { response: JSON.stringify(created) })
    const shown = await sendForm(browser, `${security}/passkey`)
    assert.equal(codesIn(shown.text).length, 10)
    await sendForm(browser, '/sign-out')
    assertLeads(await sendForm(browser, '/sign-in', credentialsOf(person)), verify)
    const page = await browser.get(verify)
    assert.match(page.text, /Use one of your passkeys/)
    assert.doesNotMatch(page.text, /one-time-code/)
    assert.match((await browser.get(`${verify}?method=recovery_code`)).text, /name="code"/)
    const rejected = await sendForm(browser, verify, { response: JSON.stringify(created) })
    assertPage(rejected, 401)
    assert.match(rejected.text, /role="alert">The passkey was not accepted/)
    const options = optionsIn(await sendForm(browser, `${verify}/options`))
    const response = JSON.stringify(authenticator.get(options))
    assertLeads(await sendForm(browser, verify, { response }), '/account')
    await age(site, person)
    const confirmed = await browser.get(`${confirm}?next=/account`)
    assert.doesNotMatch(confirmed.text, /name="code"/)
    assert.match(confirmed.text, /method=recovery_code/)
    const proof = authenticator.get(optionsIn(await sendForm(browser, `${confirm}/options`)))
    await sendForm(browser, confirm, { response: JSON.stringify(proof) })
    const gone = await browser.get(`${security}/totp/remove`)
    assertPage(gone, 404)
  })
})

onBothEngines('codes by mail on pages', (engine) => {
  const site = mailSiteForSuite(engine)

  test('a user with neither password nor passkey confirms with a code by mail', async () => {
    const { browser, person } = await arrived(site)
    await site.server().world.db.query(sql`update users set password_hash = null where id = ${person.id}`)
    assert.match((await browser.get(security)).text, /href="\/forgot-password">Set a password/)
    await age(site, person)
    const lead = `${confirm}?next=%2Faccount%2Fsecurity%2Ftotp`
    assertLeads(await browser.get(`${security}/totp`), lead)
    const page = await browser.get(lead)
    assert.match(page.text, /action="\/account\/confirm\/code"/)
    const next = `${security}/totp`
    const sent = `${confirm}?method=email_code&sent=1&next=%2Faccount%2Fsecurity%2Ftotp`
    assertLeads(await sendForm(browser, `${confirm}/code`, { next }), sent)
    assert.match((await browser.get(sent)).text, /one-time-code/)
    const code = await proofCode(site, person.email)
    const wrong = code === '000000' ? '111111' : '000000'
    const rejected = await sendForm(browser, confirm, { method: 'email_code', code: wrong, next })
    assertPage(rejected, 401)
    assert.match(rejected.text, /id="code-problem"/)
    assertLeads(await sendForm(browser, confirm, { method: 'email_code', code, next }), next)
    assertPage(await browser.get(next), 200)
  })

  test('after a sign-in by mail, a user with codes by mail has to enter the password on a page', async () => {
    const { browser, person } = await arrived(site)
    await sendForm(browser, `${security}/email_code/send`)
    await sendForm(browser, `${security}/email_code`, { code: await proofCode(site, person.email) })
    await sendForm(browser, '/sign-out')
    await sendForm(browser, '/sign-in/code', { email: person.email })
    const message = await site.smtp().mailTo(person.email, ({ text }) => text.includes('/sign-in/link'))
    const code = /^ {4}(\d{6})$/m.exec(message.text)?.[1] ?? ''
    assertLeads(await sendForm(browser, '/sign-in/code/enter', { email: person.email, code }), verify)
    const asked = await browser.get(verify)
    assert.match(asked.text, /autocomplete="current-password"/)
    const method = 'password'
    const wrong = await sendForm(browser, verify, { method, password: 'not the password 1' })
    assertPage(wrong, 403)
    assert.match(wrong.text, /id="password-problem"/)
    assertLeads(await sendForm(browser, verify, { method, password: goodPassword }), '/account')
  })
})
