import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt, type Client } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { assertLeads, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import { goodPassword } from '#test/support/people.ts'
import { linkIn, type ReceivedMail } from '#test/support/smtp-server.ts'
import { proofCode, verifiedPerson } from '#test/support/verified-person.ts'

const next = '/account/history'
const offer = '/account/passkeys/offer?next=%2Faccount%2Fhistory'
/** Set by the script of the page, if the device can store a passkey. */
const able = { can_passkey: 'yes' }

/** Requests a message to sign in with, and returns it. */
async function requested(visitor: Client, site: MailSite, email: string): Promise<ReceivedMail> {
  const isSignIn = (mail: ReceivedMail) => mail.to === email && mail.text.includes('/sign-in/link')
  const earlier = site.smtp().received.filter(isSignIn).length
  await sendForm(visitor, '/sign-in/code', { email, next })
  return site.smtp().mailTo(email, (mail) => site.smtp().received.filter(isSignIn).indexOf(mail) === earlier)
}

async function assertReportsAbility(visitor: Client, path: string): Promise<void> {
  const { text } = await visitor.get(path)
  assert.match(text, /name="can_passkey" value="" data-can-passkey/)
  assert.match(text, /<script type="module" src="[^"]*passkeys[^"]*">/)
}

onBothEngines('the offer of a passkey after a sign-in by mail', (engine) => {
  const site = mailSiteForSuite(engine)
  const visitor = () => browserAt(site.server().url)

  test('a sign-in with a code continues to the offer, unless it was declined', async () => {
    const { email } = await verifiedPerson(visitor(), site)
    const browser = visitor()
    const enter = async (more: Record<string, string>) => {
      const { text } = await requested(browser, site, email)
      const code = /^ {4}(\d{6})$/m.exec(text)?.[1] ?? assert.fail(text)
      return sendForm(browser, '/sign-in/code/enter', { email, code, next, ...more })
    }
    await assertReportsAbility(browser, '/sign-in/code/enter')
    assertLeads(await enter({}), next)
    assertLeads(await enter(able), offer)
    assertLeads(await sendForm(browser, '/account/passkeys/not-now', { next }), next)
    assertLeads(await enter(able), next)
  })

  test('a sign-in with a link continues to the offer', async () => {
    const { email } = await verifiedPerson(visitor(), site)
    const browser = visitor()
    const { token } = linkIn(await requested(browser, site, email))
    await assertReportsAbility(browser, `/sign-in/link?token=${token}`)
    assertLeads(await sendForm(browser, '/sign-in/link', { token, ...able }), '/account/passkeys/offer')
  })

  test('a code by mail as second factor continues to the offer', async () => {
    const browser = visitor()
    const { email } = await verifiedPerson(browser, site)
    await signedInOnPage(browser, email)
    await sendForm(browser, '/account/security/email_code/send')
    await sendForm(browser, '/account/security/email_code', { code: await proofCode(site, email) })
    await sendForm(browser, '/sign-out')
    const verify = '/sign-in/verify-by-mail'
    assertLeads(await sendForm(browser, '/sign-in', { login: email, password: goodPassword }), verify)
    await assertReportsAbility(browser, verify)
    await sendForm(browser, `${verify}/send`)
    const code = await proofCode(site, email, 1)
    assertLeads(await sendForm(browser, verify, { code, next, ...able }), offer)
  })
})
