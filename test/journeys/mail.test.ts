import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leave } from '#src/accounts/leave.ts'
import { byCli } from '#src/audit/by.ts'
import { findUserByEmail } from '#src/users/users.sql.ts'
import { browserAt, type Client } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import { goodPassword, newEmail } from '#test/support/people.ts'
import { codeIn, linkIn, type ReceivedMail } from '#test/support/smtp-server.ts'

const fresh = 'a better password than before'
const repeated = { password: fresh, repeat_password: fresh }

function toolsOf(site: MailSite) {
  const { server, smtp } = site
  const browser = (): Client => browserAt(server().url)

  const message = (to: string, text: string): Promise<ReceivedMail> =>
    smtp().mailTo(to, (mail) => mail.text.includes(text))

  async function verified(visitor: Client): Promise<string> {
    const email = await arrivedOnPage(visitor)
    const { token } = linkIn(await message(email, '/verify-email'))
    assertLeads(await sendForm(visitor, '/verify-email', { token }), '/account')
    return email
  }
  return { browser, message, verified, server, smtp }
}

function testScannerOpensLinks(site: MailSite): void {
  const { browser, message, verified } = toolsOf(site)

  test('a scanner that opens the links in emails does not use them up', async () => {
    const visitor = browser()
    const email = await verified(visitor)
    await sendForm(browser(), '/forgot-password', { email })
    const { path, token } = linkIn(await message(email, '/reset-password'))
    for (const method of ['GET', 'HEAD', 'GET']) {
      assert.equal((await browser().send(method, path)).status, 200)
    }
    assertLeads(await sendForm(browser(), '/reset-password', { token, ...repeated }), '/sign-in')
  })

  test('a user who forgot the password sets a new one with the code and signs in', async () => {
    const email = await verified(browser())
    const visitor = browser()
    const forgot = await visitor.get('/sign-in')
    assert.match(forgot.text, /href="\/forgot-password"/)
    const sent = await sendForm(visitor, '/forgot-password', { email })
    assertPage(await visitor.get(sent.headers.location ?? ''), 200)
    const wrong = await sendForm(visitor, '/reset-password', { email, code: '000000', ...repeated })
    assertPage(wrong, 401)
    assert.ok(wrong.text.includes(`value="${email}"`))
    const code = codeIn(await message(email, '/reset-password'))
    assertLeads(await sendForm(visitor, '/reset-password', { email, code, ...repeated }), '/sign-in')
    const entered = await sendForm(visitor, '/sign-in', { login: email, password: fresh })
    assertLeads(entered, '/account')
  })

  test('an unknown address shows the same pages', async () => {
    const email = newEmail()
    const sent = await sendForm(browser(), '/forgot-password', { email })
    assertLeads(sent, `/reset-password?${new URLSearchParams({ email })}`)
    const requested = await sendForm(browser(), '/sign-in/code', { email })
    assertLeads(requested, `/sign-in/code/enter?${new URLSearchParams({ email })}`)
  })

  test('the link in an email signs in only in the browser that requested it', async () => {
    const email = await verified(browser())
    const asking = browser()
    await sendForm(asking, '/sign-in/code', { email })
    const received = await message(email, '/sign-in/link')
    const { path, token } = linkIn(received)
    const elsewhere = browser()
    const shown = await elsewhere.get(path)
    assert.ok(shown.text.includes(codeIn(received)))
    assertPage(await sendForm(elsewhere, '/sign-in/link', { token }), 401)
    assert.ok(!(await asking.get(path)).text.includes(codeIn(received)))
    assertLeads(await sendForm(asking, '/sign-in/link', { token }), '/account')
    assertPage(await asking.get('/account'), 200)
    assertPage(await sendForm(asking, '/sign-in/link', { token }), 401)
  })
}

function testCodeSignsOn(site: MailSite): void {
  const { browser, message, verified, server, smtp } = toolsOf(site)

  test('a code signs in on a page and continues to the requested page', async () => {
    const email = await verified(browser())
    const visitor = browser()
    await sendForm(visitor, '/sign-in/code', { email, next: '/account/history' })
    const code = codeIn(await message(email, '/sign-in/link'))
    const entry = { email, code, next: '/account/history' }
    assertLeads(await sendForm(visitor, '/sign-in/code/enter', entry), '/account/history')
  })

  test('a changed email can be undone from the former address, although its deletion has begun', async () => {
    const visitor = browser()
    const email = await verified(visitor)
    const other = newEmail()
    assertLeads(await sendForm(visitor, '/account/email', { email: other }), '/account/email/confirm')
    const code = codeIn(await message(other, 'make this address'))
    assertLeads(await sendForm(visitor, '/account/email/confirm', { code }), '/account')
    assert.ok((await visitor.get('/account')).text.includes(other))
    // The person who took the account over begins to delete it.
    const { world } = server()
    const user = await findUserByEmail(world.db.query, other)
    assert.ok(user)
    await (await leave(world, { user, deletesAt: world.clock.now() + 60_000, by: byCli })).propagated
    const { path, token } = linkIn(await message(email, '/undo-email'))
    assertPage(await browser().get(path), 200)
    const undone = await sendForm(browser(), '/undo-email', { token })
    assert.match(undone.headers.location ?? '', /^\/reset-password\?token=/)
    assertLeads(await visitor.get('/account'), '/sign-in?next=%2Faccount')
    const reset = new URL(undone.headers.location ?? '', 'http://a').searchParams.get('token') ?? ''
    assertLeads(await sendForm(browser(), '/reset-password', { token: reset, ...repeated }), '/sign-in')
    assertLeads(await sendForm(browser(), '/sign-in', { login: email, password: fresh }), '/account')
    assertPage(await sendForm(browser(), '/undo-email', { token }), 401)
  })

  test('a sign-in from a new device is reported once, and the report ends every session', async () => {
    const home = browserAt(server().url, { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0' })
    const email = await verified(home)
    const phone = browserAt(server().url, { userAgent: 'Mozilla/5.0 (iPhone) Safari/605.1' })
    const credentials = { login: email, password: goodPassword }
    assertLeads(await sendForm(phone, '/sign-in', credentials), '/account')
    const report = await message(email, '/not-me')
    assert.match(report.headers.subject ?? '', /^New sign-in/)
    await phone.send('POST', '/sign-out')
    await sendForm(phone, '/sign-in', credentials)
    const { token } = linkIn(report)
    const secured = await sendForm(browser(), '/not-me', { token })
    assert.match(secured.headers.location ?? '', /^\/reset-password\?token=/)
    for (const device of [home, phone]) {
      assertLeads(await device.get('/account'), '/sign-in?next=%2Faccount')
    }
    const reports = smtp().received.filter((mail) => mail.to === email && mail.text.includes('a new device'))
    assert.equal(reports.length, 1)
  })
}

function testEveryPageMail(site: MailSite): void {
  const { browser } = toolsOf(site)

  test('every page of mail is in both languages', async () => {
    const paths = [
      '/forgot-password',
      '/reset-password',
      '/reset-password?token=x',
      '/verify-email?email=a%40b.cd',
      '/verify-email?token=x',
      '/sign-in/code',
      '/sign-in/code/enter',
      '/sign-in/link?token=x',
      '/undo-email?token=x',
      '/not-me?token=x',
    ]
    for (const path of paths) {
      const { status, text } = await browser().get(path, { headers: { 'accept-language': 'ru' } })
      assert.equal(status, 200, path)
      assert.match(text, /<html lang="ru">/)
      assert.match(text, /<h1>[А-Я]/, path)
    }
  })

  test('a server with a mail server has no mailbox', async () => {
    assert.equal((await browser().get('/dev/mail')).status, 404)
  })
}

onBothEngines('mail on pages', (engine) => {
  const site = mailSiteForSuite(engine)
  testScannerOpensLinks(site)
  testCodeSignsOn(site)
  testEveryPageMail(site)
})

onBothEngines('mail of a development server', (engine) => {
  const { server } = mailSiteForSuite(engine, { SIGIL_SMTP_URL: '', SIGIL_MAIL_FROM: '' })

  test('emails are shown at /dev/mail, as a page and as JSON', async () => {
    const visitor = browserAt(server().url)
    const email = await arrivedOnPage(visitor)
    let data: Record<string, unknown>[] = []
    while (data.length === 0) {
      const reply = await visitor.get('/dev/mail', { headers: { accept: 'application/json' } })
      data = (JSON.parse(reply.text) as { data: Record<string, unknown>[] }).data
    }
    const [mail] = data
    assert.equal(mail?.to, email)
    assert.match(String(mail?.code), /^\d{6}$/)
    assert.match(String(mail?.links), /\/verify-email\?token=/)
    const page = await visitor.get('/dev/mail')
    assertPage(page, 200)
    assert.ok(page.text.includes(email))
    const asQuery = await visitor.get('/dev/mail?format=json')
    assert.equal(asQuery.headers['content-type'], 'application/json')
  })
})

onBothEngines('a server without mail', (engine) => {
  const { server } = mailSiteForSuite(engine, {
    SIGIL_SMTP_URL: '',
    SIGIL_MAIL_FROM: '',
    SIGIL_DEV_MAIL: 'off',
    SIGIL_SUPPORT_CONTACT: 'help@example.org',
  })

  test('the page for a forgotten password shows whom to ask, and /dev/mail does not exist', async () => {
    const visitor = browserAt(server().url)
    const { text } = await visitor.get('/forgot-password')
    assert.match(text, /href="mailto:help@example\.org"/)
    assert.doesNotMatch(text, /<form class="fields"/)
    assert.equal((await visitor.get('/dev/mail')).status, 404)
    const reply = await visitor.post('/api/v1/auth/forgot', { email: newEmail() })
    assert.deepEqual([reply.status, reply.body.code], [403, 'no_mail'])
  })
})
