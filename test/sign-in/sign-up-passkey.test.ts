import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { flag, newAuthenticator, type Twist } from '#test/support/authenticator.ts'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import { assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { mailSiteForSuite } from '#test/support/mail-site.ts'
import { optionsIn, signInByPasskey } from '#test/support/passkeys.ts'
import { goodPassword, newEmail, sessionIn, signedUp, signIn } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { codeIn, linkIn } from '#test/support/smtp-server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const path = '/api/v1/auth/signup/passkey'

type Made = {
  readonly response: Record<string, unknown>
  readonly authenticator: ReturnType<typeof newAuthenticator>
}

/** A passkey for an account that does not exist yet. */
async function made(client: Client, url: string, email: string, twist: Twist = {}): Promise<Made> {
  const authenticator = newAuthenticator(url)
  const options = optionsIn(await client.post(`${path}/options`, { email }))
  return { authenticator, response: authenticator.create(options, twist) }
}

async function signUpBy(client: Client, url: string, email: string, twist: Twist = {}): Promise<Reply> {
  const { response } = await made(client, url, email, twist)
  return client.post(path, { email, response })
}

onBothEngines('a sign-up with a passkey', (engine) => {
  const server = serverForSuite(engine)

  test('a sign-up with a passkey creates an account without a password that can sign in', async () => {
    const { url } = server()
    const client = browserAt(url)
    const email = newEmail()
    const { authenticator, response } = await made(client, url, email)
    const reply = await client.post(path, { email, username: 'passkey.owner', response, name: 'My key' })
    assert.equal(reply.status, 201, reply.text)
    assert.deepEqual([reply.body.user.email, reply.body.user.username], [email, 'passkey.owner'])
    const session = sessionIn(await signInByPasskey(client, authenticator))
    assert.equal(session.user.id, reply.body.user.id)
    assert.equal(partsOf(session.access_token).claims.acr, 'aal2')
    const bearer = session.access_token
    const { data } = (await client.get('/api/v1/me/passkeys', { bearer })).body
    assert.equal(data[0]?.name, 'My key')
    assertRefused(await signIn(client, { email, password: goodPassword }), 'wrong_credentials')
    const last = await client.delete(`/api/v1/me/passkeys/${data[0]?.id}`, { bearer })
    assertRefused(last, 'last_sign_in_method')
  })

  test('a passkey sign-up with a taken email or username is rejected, and nothing is created', async () => {
    const { url, world } = server()
    const client = browserAt(url)
    const { email } = await signedUp(client, { username: 'taken.name' })
    assertRefused(await signUpBy(client, url, email), 'already_registered')
    const fresh = newEmail()
    const { response } = await made(client, url, fresh)
    const named = await client.post(path, { email: fresh, username: 'taken.name', response })
    assertRefused(named, 'username_taken')
    const rows = await world.db.query(sql`select * from users where email = ${fresh}`)
    assert.deepEqual(rows, [])
  })
})

onBothEngines('a hostile sign-up with a passkey', (engine) => {
  const server = serverForSuite(engine)

  test('hostile responses to a sign-up are rejected, and each uses up its challenge', async () => {
    const { url } = server()
    const client = browserAt(url)
    const twists: Twist[] = [
      { origin: 'https://evil.example' },
      { rpId: 'evil.example' },
      { type: 'webauthn.get' },
      { crossOrigin: true },
      { flags: flag.present },
      { flags: flag.verified },
      { challenge: Buffer.alloc(32).toString('base64url') },
    ]
    for (const twist of twists)
      assertRefused(await signUpBy(client, url, newEmail(), twist), 'passkey_rejected')
    const email = newEmail()
    const authenticator = newAuthenticator(url)
    const options = optionsIn(await client.post(`${path}/options`, { email }))
    const wrong = authenticator.create(options, { origin: 'https://evil.example' })
    assertRefused(await client.post(path, { email, response: wrong }), 'passkey_rejected')
    const late = authenticator.create(options)
    assertRefused(await client.post(path, { email, response: late }), 'passkey_rejected')
  })

  test('a sign-up challenge belongs to one browser, one email and one purpose', async () => {
    const { url } = server()
    const client = browserAt(url)
    const email = newEmail()
    const elsewhere = await made(client, url, email)
    const fromElsewhere = await browserAt(url).post(path, { email, response: elsewhere.response })
    assertRefused(fromElsewhere, 'passkey_rejected')
    const forOther = await made(client, url, email)
    const swapped = await client.post(path, { email: newEmail(), response: forOther.response })
    assertRefused(swapped, 'passkey_rejected')
    const signInOptions = optionsIn(await client.post('/api/v1/auth/passkey/options', {}))
    const asSignUp = newAuthenticator(url).create({ ...signInOptions, rp: { id: 'localhost' } })
    assertRefused(await client.post(path, { email, response: asSignUp }), 'passkey_rejected')
    assertFieldRefused(await client.post(`${path}/options`, { email: 'no email' }), '/email')
    assertFieldRefused(await client.post(`${path}/options`, {}), '/email')
  })
})

onBothEngines('a repeated sign-up with a passkey', (engine) => {
  const server = serverForSuite(engine)

  test('twenty concurrent responses to one challenge create one account', async () => {
    const { url, world } = server()
    const client = browserAt(url)
    const email = newEmail()
    const { response } = await made(client, url, email)
    const replies = await atOnce(20, () => client.post(path, { email, response }))
    assert.equal(tally(replies)['201'], 1, JSON.stringify(tally(replies)))
    const rows = await world.db.query(sql`select * from passkeys
      where user_id in (select id from users where email = ${email})`)
    assert.equal(rows.length, 1)
  })

  test('the passkey of another user cannot create a second account', async () => {
    const { url } = server()
    const client = browserAt(url)
    const email = newEmail()
    const first = await made(client, url, email)
    assert.equal((await client.post(path, { email, response: first.response })).status, 201)
    for (const another of [newEmail(), email]) {
      const options = optionsIn(await client.post(`${path}/options`, { email: another }))
      const response = first.authenticator.create(options)
      assertRefused(await client.post(path, { email: another, response }), 'passkey_rejected')
    }
  })
})

onBothEngines('a sign-up with a passkey on the page', (engine) => {
  const server = serverForSuite(engine)

  test('a sign-up with a passkey on the page creates the account and signs in', async () => {
    const { url } = server()
    const browser = browserAt(url)
    const email = newEmail()
    const shown = await browser.get('/sign-up')
    assert.match(shown.text, /data-passkey="sign-up" data-options="\/sign-up\/passkey\/options"/)
    const typed = { email }
    const authenticator = newAuthenticator(url)
    const created = authenticator.create(
      optionsIn(await sendForm(browser, `/sign-up/passkey/options`, typed)),
    )
    const response = JSON.stringify(created)
    assertLeads(await sendForm(browser, '/sign-up/passkey', { ...typed, response }), '/account')
    assert.ok((await browser.get('/account')).text.includes(email))
    const other = browserAt(url)
    const again = newAuthenticator(url).create(
      optionsIn(await sendForm(other, `/sign-up/passkey/options`, typed)),
    )
    const refused = await sendForm(other, '/sign-up/passkey', { ...typed, response: JSON.stringify(again) })
    assertPage(refused, 409)
    assert.match(refused.text, /id="email-problem"/)
    assert.match(refused.text, /data-signal[^>]*data-credentials=""/)
    const empty = await sendForm(other, '/sign-up/passkey', { email: '' })
    assertPage(empty, 400)
    assert.match(empty.text, /id="email-problem"/)
    assert.equal((await sendForm(other, '/sign-up/passkey/options', { email: '' })).status, 400)
  })
})

onBothEngines('a sign-up with a passkey where emails are verified first', (engine) => {
  const site = mailSiteForSuite(engine, { SIGIL_EMAIL_VERIFICATION: 'required' })

  test('new and taken emails get the same response to a passkey sign-up, and owners an email', async () => {
    const { url } = site.server()
    const client = browserAt(url)
    const email = newEmail()
    const { authenticator, response } = await made(client, url, email)
    const first = await client.post(path, { email, response })
    assert.deepEqual([first.status, JSON.parse(first.text).verification_required], [202, true])
    const message = await site.smtp().mailTo(email, ({ text }) => text.includes('/verify-email'))
    assertRefused(await signInByPasskey(client, authenticator), 'email_not_verified')
    const second = await signUpBy(browserAt(url), url, email)
    assert.deepEqual([second.status, second.text], [first.status, first.text])
    await site.smtp().mailTo(email, ({ text }) => text.includes('/sign-in'))
    const newest = await site
      .smtp()
      .mailTo(email, (mail) => mail.text.includes('/verify-email') && mail !== message)
    const { token } = linkIn(newest)
    assert.equal((await clientAt(url).post('/api/v1/auth/verify_email', { token })).status, 204)
    sessionIn(await signInByPasskey(client, authenticator))
    // A passkey that another user has reveals nothing about an email.
    for (const any of [email, newEmail()]) {
      const options = optionsIn(await client.post(`${path}/options`, { email: any }))
      const known = { email: any, response: authenticator.create(options) }
      assertRefused(await client.post(path, known), 'passkey_rejected')
    }
  })

  test('a lost passkey is replaced with a password by mail', async () => {
    const { url } = site.server()
    const client = browserAt(url)
    const email = newEmail()
    assert.equal((await signUpBy(client, url, email)).status, 202)
    const { token } = linkIn(await site.smtp().mailTo(email, ({ text }) => text.includes('/verify-email')))
    await client.post('/api/v1/auth/verify_email', { token })
    await client.post('/api/v1/auth/forgot', { email })
    const code = codeIn(await site.smtp().mailTo(email, ({ text }) => text.includes('/reset-password')))
    const reset = await client.post('/api/v1/auth/reset', { email, code, password: goodPassword })
    assert.equal(reset.status, 204, reset.text)
    sessionIn(await signIn(client, { email, password: goodPassword }))
  })
})

onBothEngines('a closed sign-up', (engine) => {
  const server = serverForSuite(engine, { SIGIL_SIGN_UP: 'closed' })

  test('with sign-up closed, no account is created with a passkey', async () => {
    const client = clientAt(server().url)
    assertRefused(await client.post(`${path}/options`, { email: newEmail() }), 'sign_up_closed')
    assertPage(await sendForm(client, '/sign-up/passkey', { email: newEmail() }), 403)
  })
})
