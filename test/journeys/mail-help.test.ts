import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setPasswordOf } from '#src/accounts/set-password.ts'
import { byCli } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import { goodPassword, newEmail, type Person, refresh, signedIn, signedUp } from '#test/support/people.ts'
import { codeIn, linkIn, type ReceivedMail } from '#test/support/smtp-server.ts'

const own = 'a password of my own choice'
const repeated = { password: own, repeat_password: own }

function toolsOf({ server, smtp }: MailSite) {
  const browser = (): Client => browserAt(server().url)
  const client = (): Client => clientAt(server().url)
  const message = (to: string, text: string): Promise<ReceivedMail> =>
    smtp().mailTo(to, (mail) => mail.text.includes(text))
  const verifiedPerson = async (): Promise<Person> => {
    const person = await signedUp(client())
    const { token } = linkIn(await message(person.email, '/verify-email'))
    assert.equal((await client().post('/api/v1/auth/verify_email', { token })).status, 204)
    return person
  }
  return { browser, client, message, verifiedPerson, server, smtp }
}

function testForcedChanges(site: MailSite): void {
  const { browser, client, server, message, verifiedPerson } = toolsOf(site)

  test('a password that an administrator chose must first be replaced, on a page', async () => {
    const person = await signedUp(client())
    const setting = { userId: person.id, password: goodPassword, mustChange: true, address: '', by: byCli }
    await setPasswordOf(server().world, setting)
    const visitor = browser()
    const credentials = { login: person.email, password: goodPassword }
    assertLeads(await sendForm(visitor, '/sign-in', credentials), '/sign-in/new-password')
    assertLeads(await visitor.get('/account'), '/sign-in?next=%2Faccount')
    assertPage(await visitor.get('/sign-in/new-password'), 200)
    const different = { ...repeated, repeat_password: 'something else' }
    assertPage(await sendForm(visitor, '/sign-in/new-password', different), 400)
    assertLeads(await sendForm(visitor, '/sign-in/new-password', repeated), '/sign-in')
    assertLeads(await sendForm(visitor, '/sign-in', { login: person.email, password: own }), '/account')
    assertLeads(await browser().get('/sign-in/new-password'), '/sign-in')
  })

  test('a locked password signs in on pages together with a code by mail', async () => {
    const person = await verifiedPerson()
    const { query } = server().world.db
    await query(sql`update users set failed_passwords = 100 where id = ${person.id}`)
    const visitor = browser()
    const credentials = { login: person.email, password: person.password, next: '/account/history' }
    const path = '/sign-in/verify-by-mail'
    const next = '?next=%2Faccount%2Fhistory'
    assertLeads(await sendForm(visitor, '/sign-in', credentials), path + next)
    assertPage(await visitor.get(path + next), 200)
    assertLeads(await sendForm(visitor, `${path}/send`, { next: '/account/history' }), path + next)
    const code = codeIn(await message(person.email, 'confirm that it is you'))
    assertPage(await sendForm(visitor, path, { code: '12' }), 401)
    assertLeads(await sendForm(visitor, path, { code, next: '/account/history' }), '/account/history')
  })
}

function testVerification(site: MailSite): void {
  const { browser, client, message, smtp, verifiedPerson } = toolsOf(site)

  test('the verification email is sent again, with the same response for any address', async () => {
    const { email } = await signedUp(client())
    const first = await message(email, '/verify-email')
    for (const address of [email, newEmail()]) {
      const reply = await client().post('/api/v1/auth/verify_email/send', { email: address })
      assert.deepEqual([reply.status, reply.text], [202, ''])
    }
    const visitor = browser()
    const shown = `/verify-email?${new URLSearchParams({ email })}`
    assertLeads(await sendForm(visitor, '/verify-email/send', { email }), shown)
    assert.match((await visitor.get(shown)).text, /An email is on its way/)
    const toUser = () => smtp().received.filter(({ to }) => to === email)
    const last = await smtp().mailTo(email, (mail) => toUser().indexOf(mail) === 2)
    assertPage(await sendForm(visitor, '/verify-email', { token: linkIn(first).token }), 401)
    const typed = { email, code: codeIn(last) }
    assertLeads(await sendForm(visitor, '/verify-email', typed), '/sign-in')
  })

  test('the pages for changing an email are shown only to their user', async () => {
    const person = await verifiedPerson()
    const visitor = browser()
    await sendForm(visitor, '/sign-in', { login: person.email, password: person.password })
    for (const path of ['/account/email', '/account/email/confirm']) {
      assertPage(await visitor.get(path), 200)
      assert.equal((await browser().get(path)).status, 303)
    }
    assertPage(await sendForm(visitor, '/account/email', { email: 'not an email' }), 400)
    assertPage(await sendForm(visitor, '/account/email/confirm', { code: '000000' }), 401)
  })
}

function testNotices(site: MailSite): void {
  const { browser, client, message, smtp, verifiedPerson } = toolsOf(site)

  test('emails use the language that the signed-in user chose last', async () => {
    const person = await verifiedPerson()
    const visitor = browser()
    await sendForm(visitor, '/sign-in', { login: person.email, password: person.password })
    await sendForm(visitor, '/language', { language: 'ru', back: '/account' })
    const session = await signedIn(client(), person)
    const change = { current: person.password, new: own }
    await client().put('/api/v1/me/password', change, { bearer: session.access_token })
    await message(person.email, 'Пароль вашего аккаунта')
  })

  test('a changed password and a reused refresh token are reported to a verified address', async () => {
    const person = await verifiedPerson()
    const session = await signedIn(client(), person)
    const change = { current: person.password, new: own }
    const bearer = session.access_token
    assert.equal((await client().put('/api/v1/me/password', change, { bearer })).status, 200)
    const changed = await message(person.email, 'The password of your account')
    assert.match(changed.text, /IP address/)
    const stolen = await signedIn(client(), { ...person, password: own })
    await refresh(client(), stolen.refresh_token)
    const elsewhere = { headers: { 'user-agent': 'another program' } }
    for (let at = 0; at < 2; at++) await refresh(client(), stolen.refresh_token, elsewhere)
    const rotated = await refresh(client(), stolen.refresh_token, elsewhere)
    if (rotated.status === 401) await message(person.email, 'used in two places')
    const { token } = linkIn(changed)
    const secured = await sendForm(browser(), '/not-me', { token })
    assert.equal(secured.status, 303)
  })

  test('an address that was never verified gets no reports', async () => {
    const person = await signedUp(client())
    const session = await signedIn(client(), person)
    const change = { current: person.password, new: own }
    await client().put('/api/v1/me/password', change, { bearer: session.access_token })
    const other = await verifiedPerson()
    const others = await signedIn(client(), other)
    await client().put('/api/v1/me/password', change, { bearer: others.access_token })
    // The events are read in order, so the first one has been handled too.
    await message(other.email, 'The password of your account')
    const reports = smtp().received.filter(
      ({ to, text }) => to === person.email && text.includes('password of'),
    )
    assert.deepEqual(reports, [])
  })
}

onBothEngines('support by mail on pages', (engine) => {
  const site = mailSiteForSuite(engine)
  testForcedChanges(site)
  testVerification(site)
  testNotices(site)
})
