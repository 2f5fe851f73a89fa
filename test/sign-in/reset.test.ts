import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import { arrived, isAccepted, newEmail, type Person, signedUp, signIn } from '#test/support/people.ts'
import { codeIn, linkIn, type ReceivedMail } from '#test/support/smtp-server.ts'

const fresh = 'a better password than before'

function toolsOf(site: MailSite) {
  const { server, smtp } = site
  const client = (): Client => clientAt(server().url)

  async function messageFor(email: string): Promise<ReceivedMail> {
    const reply = await client().post('/api/v1/auth/forgot', { email })
    assert.equal(reply.status, 202, reply.text)
    return smtp().mailTo(email, ({ headers }) => headers.subject?.startsWith('Set a new password') ?? false)
  }

  const reset = (body: Record<string, unknown>) => client().post('/api/v1/auth/reset', body)

  const withFresh = (person: Person) => signIn(client(), { ...person, password: fresh })
  return { client, messageFor, reset, withFresh, server, smtp }
}

function testResetByLink(site: MailSite): void {
  const { client, messageFor, reset, withFresh } = toolsOf(site)

  test('a reset by link sets the password, ends every session and works once', async () => {
    const { person, session } = await arrived(client())
    const { token } = linkIn(await messageFor(person.email))
    assert.equal((await reset({ token, password: fresh })).status, 204)
    assert.equal(await isAccepted(client(), session.access_token), false)
    assert.equal((await signIn(client(), person)).status, 401)
    assert.equal((await withFresh(person)).status, 200)
    const replay = await reset({ token, password: 'yet another password' })
    assert.deepEqual([replay.status, replay.body.code], [401, 'invalid_link'])
    assert.equal((await withFresh(person)).status, 200)
  })

  test('a reset by code works once, and verifies the email', async () => {
    const { person } = await arrived(client())
    const code = codeIn(await messageFor(person.email))
    const grouped = `${code.slice(0, 3)} ${code.slice(3)}`
    assert.equal((await reset({ email: person.email, code: grouped, password: fresh })).status, 204)
    const replay = await reset({ email: person.email, code, password: fresh })
    assert.deepEqual([replay.status, replay.body.code], [401, 'invalid_code'])
    const signedIn = await withFresh(person)
    assert.equal(signedIn.body.user.email_verified, true)
  })

  test('a rejected password does not use up the link', async () => {
    const { person } = await arrived(client())
    const { token } = linkIn(await messageFor(person.email))
    assert.equal((await reset({ token, password: 'short' })).body.code, 'invalid_request')
    assert.equal((await reset({ token, password: fresh })).status, 204)
  })

  test('of twenty resets with one link at once exactly one sets its password', async () => {
    const { person } = await arrived(client())
    const { token } = linkIn(await messageFor(person.email))
    const replies = await atOnce(20, (index) => reset({ token, password: `${fresh} ${index}` }))
    assert.deepEqual(tally(replies), { '204': 1, '401 invalid_link': 19 })
    const winner = replies.findIndex(({ status }) => status === 204)
    const signedIn = await signIn(client(), { ...person, password: `${fresh} ${winner}` })
    assert.equal(signedIn.status, 200)
  })

  test('five wrong codes use up the code', async () => {
    const { person } = await arrived(client())
    const code = codeIn(await messageFor(person.email))
    const wrong = code === '000000' ? '000001' : '000000'
    for (let at = 0; at < 5; at++) {
      const reply = await reset({ email: person.email, code: wrong, password: fresh })
      assert.equal(reply.body.code, 'invalid_code')
    }
    const right = await reset({ email: person.email, code, password: fresh })
    assert.equal(right.body.code, 'invalid_code')
  })
}

function testSecondMessageReplaces(site: MailSite): void {
  const { client, messageFor, reset, server, smtp } = toolsOf(site)

  test('a second email replaces the first', async () => {
    const { person } = await arrived(client())
    const first = linkIn(await messageFor(person.email))
    const before = smtp().received.length
    await client().post('/api/v1/auth/forgot', { email: person.email })
    const second = await smtp().mailTo(person.email, (mail) => smtp().received.indexOf(mail) >= before)
    assert.equal((await reset({ token: first.token, password: fresh })).body.code, 'invalid_link')
    assert.equal((await reset({ token: linkIn(second).token, password: fresh })).status, 204)
  })

  test('a code for one purpose does not work for another', async () => {
    const { person } = await arrived(client())
    const message = await messageFor(person.email)
    const { email } = person
    const signIn = await client().post('/api/v1/auth/code/signin', { email, code: codeIn(message) })
    assert.equal(signIn.body.code, 'invalid_code')
    const verify = await client().post('/api/v1/auth/verify_email', { token: linkIn(message).token })
    assert.equal(verify.body.code, 'invalid_link')
  })

  test('known and unknown addresses get the same response and cause the same writes', async () => {
    const person = await signedUp(client())
    const { query } = server().world.db
    const rowsOf = async (table: 'codes' | 'deliveries') => {
      const [row] = await query(
        table === 'codes'
          ? sql`select count(*) as n from email_codes where purpose = 'reset'`
          : // Not those of readers: they write the notices of earlier events at any time.
            sql`select count(*) as n from outbox_deliveries where reader is null`,
      )
      return Number(row?.n)
    }
    const answers = []
    for (const email of [person.email, newEmail()]) {
      const before = [await rowsOf('codes'), await rowsOf('deliveries')]
      const { status, text, headers } = await client().post('/api/v1/auth/forgot', { email })
      const after = [await rowsOf('codes'), await rowsOf('deliveries')]
      const { date: _date, ...shown } = headers
      const names = Object.keys(shown).toSorted()
      answers.push({ status, text, names, written: after.map((count, at) => count - (before[at] ?? 0)) })
    }
    assert.deepEqual(answers[0], answers[1])
    assert.deepEqual(answers[0]?.written, [1, 1])
  })
}

function testUnknownAddressGets(site: MailSite): void {
  const { client, messageFor, reset, server, smtp } = toolsOf(site)

  test('an unknown address gets no email, and its row contains no address', async () => {
    const email = newEmail()
    await client().post('/api/v1/auth/forgot', { email })
    const { person } = await arrived(client())
    await messageFor(person.email)
    assert.equal(
      smtp().received.some(({ to }) => to === email),
      false,
    )
    const rows = await server().world.db.query(sql`select subject, email, user_id from email_codes`)
    assert.equal(JSON.stringify(rows).includes(email), false)
  })

  test('a wrong code gets the same response for a known and an unknown address', async () => {
    const { person } = await arrived(client())
    await messageFor(person.email)
    const answers = []
    for (const email of [person.email, newEmail()]) {
      const { status, body } = await reset({ email, code: '000000', password: fresh })
      answers.push([status, body.code, body.detail])
    }
    assert.deepEqual(answers[0], answers[1])
  })

  test('the code and the link of an email are not stored in the database', async () => {
    const { person } = await arrived(client())
    const message = await messageFor(person.email)
    const { query } = server().world.db
    const rows = [
      ...(await query(sql`select * from email_codes`)),
      ...(await query(sql`select * from outbox_deliveries`)),
    ]
    const stored = JSON.stringify(rows)
    assert.equal(stored.includes(`"${codeIn(message)}"`), false)
    assert.equal(stored.includes(linkIn(message).token.slice(0, 22)), false)
  })
}

onBothEngines('resets by mail', (engine) => {
  const site = mailSiteForSuite(engine)
  testResetByLink(site)
  testSecondMessageReplaces(site)
  testUnknownAddressGets(site)
})
