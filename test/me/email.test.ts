import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import { arrived, isAccepted, newEmail, signedIn, signIn } from '#test/support/people.ts'
import { codeIn } from '#test/support/smtp-server.ts'

function toolsOf(site: MailSite) {
  const { server, smtp } = site
  const client = (): Client => clientAt(server().url)

  const ask = (bearer: string, email: string) => client().post('/api/v1/me/email', { email }, { bearer })

  const confirm = (bearer: string, code: string) =>
    client().post('/api/v1/me/email/confirm', { code }, { bearer })
  const codeAt = async (email: string) =>
    codeIn(await smtp().mailTo(email, ({ text }) => text.includes('make this address')))

  test('the code in an email changes the email, and every other session ends', async () => {
    const { person, session } = await arrived(client())
    const other = await signedIn(client(), person)
    const email = newEmail()
    assert.equal((await ask(session.access_token, email)).status, 202)
    const changed = await confirm(session.access_token, await codeAt(email))
    assert.equal(changed.status, 200, changed.text)
    assert.deepEqual([changed.body.user.email, changed.body.user.email_verified], [email, true])
    assert.equal(await isAccepted(client(), changed.body.access_token), true)
    assert.equal(await isAccepted(client(), session.access_token), false)
    assert.equal(await isAccepted(client(), other.access_token), false)
    assert.equal((await signIn(client(), { ...person, email })).status, 200)
    assert.equal((await signIn(client(), person)).status, 401)
  })
  return { client, ask, confirm, codeAt, server, smtp }
}

function testTwentyConfirmationsAt(site: MailSite): void {
  const { client, ask, confirm, codeAt, server, smtp } = toolsOf(site)

  test('of twenty confirmations at once exactly one changes the email', async () => {
    const { session } = await arrived(client())
    const email = newEmail()
    await ask(session.access_token, email)
    const code = await codeAt(email)
    const replies = await atOnce(20, () => confirm(session.access_token, code))
    assert.equal(tally(replies)['200'], 1, JSON.stringify(tally(replies)))
  })

  test('a taken address gets the same response, its owner gets an email, and no code works', async () => {
    const owner = await arrived(client())
    const { session } = await arrived(client())
    const free = await ask(session.access_token, newEmail())
    const taken = await ask(session.access_token, owner.person.email)
    assert.deepEqual([taken.status, taken.text], [free.status, free.text])
    const isReport = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
      headers.subject?.startsWith('You already have') ?? false
    await smtp().mailTo(owner.person.email, isReport)
    assert.equal((await confirm(session.access_token, '000000')).body.code, 'invalid_code')
  })

  test('changing the email needs a recent proof, such as a code to the verified email', async () => {
    const { person, session } = await arrived(client())
    const { query } = server().world.db
    await query(sql`update users set email_verified_at = 1 where id = ${person.id}`)
    await query(sql`update sessions set authenticated_at = 1 where id = ${session.session_id}`)
    const bearer = session.access_token
    const refused = await ask(bearer, newEmail())
    assert.deepEqual([refused.status, refused.body.code], [401, 'step_up_required'])
    assert.deepEqual(JSON.parse(refused.text).methods, ['password', 'email_code'])
    assert.equal((await client().post('/api/v1/me/step_up/code', undefined, { bearer })).status, 202)
    const code = codeIn(
      await smtp().mailTo(person.email, ({ text }) => text.includes('confirm that it is you')),
    )
    const step = { method: 'email_code', code }
    const steppedUp = await client().post('/api/v1/me/step_up', step, { bearer })
    assert.equal(steppedUp.status, 200, steppedUp.text)
    const replay = await client().post('/api/v1/me/step_up', step, { bearer: steppedUp.body.access_token })
    assert.equal(replay.body.code, 'invalid_code')
    assert.equal((await ask(steppedUp.body.access_token, newEmail())).status, 202)
  })
}

onBothEngines('a change of the email', (engine) => {
  const site = mailSiteForSuite(engine)
  testTwentyConfirmationsAt(site)
})
