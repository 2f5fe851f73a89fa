import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { signInByCode as signInWithCode } from '#src/sign-in/code-sign-in.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import {
  arrived,
  goodPassword,
  isAccepted,
  newEmail,
  signedUp,
  signIn,
  signUp,
} from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { codeIn, linkIn } from '#test/support/smtp-server.ts'

function toolsOf(site: MailSite) {
  const { server, smtp } = site
  const client = (): Client => clientAt(server().url)

  async function codeFor(email: string): Promise<string> {
    assert.equal((await client().post('/api/v1/auth/code', { email })).status, 202)
    return codeIn(await smtp().mailTo(email, ({ text }) => text.includes('Use this code to sign in')))
  }

  const signInByCode = (email: string, code: string) =>
    client().post('/api/v1/auth/code/signin', { email, code })

  async function verified() {
    const person = await signedUp(client())
    const { token } = linkIn(await smtp().mailTo(person.email))
    assert.equal((await client().post('/api/v1/auth/verify_email', { token })).status, 204)
    return person
  }
  return { client, codeFor, signInByCode, verified, server, smtp }
}

function testCodeSignsOnce(site: MailSite): void {
  const { client, server, codeFor, signInByCode, verified } = toolsOf(site)

  test('a code signs in once, and the history shows the method', async () => {
    const person = await verified()
    const code = await codeFor(person.email)
    const signedIn = await signInByCode(person.email, code)
    assert.equal(signedIn.status, 200, signedIn.text)
    assert.equal((await signInByCode(person.email, code)).body.code, 'invalid_code')
    const history = await client().get('/api/v1/me/history', { bearer: signedIn.body.access_token })
    assert.equal(history.body.data[1]?.method, 'email_code')
    assert.equal(history.body.data[0]?.outcome, 'wrong_code')
    assert.equal((await signIn(client(), person)).status, 200)
  })

  test('of twenty sign-ins with one code at once exactly one succeeds', async () => {
    const person = await verified()
    const code = await codeFor(person.email)
    const replies = await atOnce(20, () => signInByCode(person.email, code))
    assert.deepEqual(tally(replies), { '200': 1, '401 invalid_code': 19 })
  })

  test('a matched code does not sign in if it is used in the meantime', async () => {
    const { world } = server()
    const person = await verified()
    const input = {
      ...{ email: person.email, code: await codeFor(person.email), forPages: false, by: bySystem },
      ...{
        client: { address: '127.0.0.1', userAgent: '' },
        knownBrowser: undefined,
        trustedDevice: undefined,
      },
    }
    let isFirst = true
    const transaction: World['db']['transaction'] = async (work) => {
      if (isFirst) {
        isFirst = false
        assert.equal((await signInWithCode(world, input)).kind, 'signed_in')
      }
      return world.db.transaction(work)
    }
    const late = { ...world, db: { ...world.db, transaction } }
    await assert.rejects(signInWithCode(late, input), { code: 'invalid_code' })
  })

  test('a user who verified the email keeps the password after a sign-in by code', async () => {
    const person = await verified()
    await signInByCode(person.email, await codeFor(person.email))
    assert.equal((await signIn(client(), person)).status, 200)
  })
}

function testUnprovenOwner(site: MailSite): void {
  const { server } = site
  const { client, codeFor, signInByCode, smtp } = toolsOf(site)

  test('a code removes the password and the sessions of a user who never verified the email', async () => {
    const email = newEmail()
    const attacker = await arrived(client(), { email })
    const victim = await signInByCode(email, await codeFor(email))
    assert.equal(victim.status, 200, victim.text)
    assert.equal(victim.body.user.email_verified, true)
    assert.equal(await isAccepted(client(), attacker.session.access_token), false)
    const refreshed = await client().post('/api/v1/auth/refresh', {
      refresh_token: attacker.session.refresh_token,
    })
    assert.equal(refreshed.status, 401)
    assert.equal((await signIn(client(), attacker.person)).status, 401)
    assert.equal(await isAccepted(client(), victim.body.access_token), true)
  })

  test('a code removes the second factors of a user who never verified the email', async () => {
    const email = newEmail()
    const { person } = await arrived(client(), { email })
    const { query } = server().world.db
    await query(sql`insert into totp_secrets (user_id, sealed, name, bound_to, created_at, confirmed_at)
      values (${person.id}, 'sealed', 'phone', 'session', 1, 2)`)
    await query(sql`insert into recovery_codes (user_id, code_hash, created_at)
      values (${person.id}, 'hash', 1)`)
    await query(sql`update users set second_factors = 'totp' where id = ${person.id}`)
    const victim = await signInByCode(email, await codeFor(email))
    assert.equal(victim.body.user.email_verified, true, victim.text)
    const rows = await query(sql`select user_id from totp_secrets where user_id = ${person.id}
      union all select user_id from recovery_codes where user_id = ${person.id}`)
    assert.deepEqual(rows, [])
  })

  test('a reset by email removes the factors of a user who never verified the email', async () => {
    const email = newEmail()
    const attacker = await arrived(client(), { email })
    await client().post('/api/v1/auth/forgot', { email })
    const { token } = linkIn(await smtp().mailTo(email, ({ text }) => text.includes('reset-password')))
    const password = 'the true owner chose this'
    assert.equal((await client().post('/api/v1/auth/reset', { token, password })).status, 204)
    assert.equal(await isAccepted(client(), attacker.session.access_token), false)
    assert.equal((await signIn(client(), attacker.person)).status, 401)
    assert.equal((await signIn(client(), { email, password })).status, 200)
  })
}

function testMessageVerifiesEmail(site: MailSite): void {
  const { client, smtp } = toolsOf(site)

  test('a verification link works once, and access tokens contain the change at once', async () => {
    const { person, session } = await arrived(client())
    const message = await smtp().mailTo(person.email)
    assert.match(message.headers.subject ?? '', /^Confirm your email/)
    const wrong = await client().post('/api/v1/auth/verify_email', { email: person.email, code: '12345' })
    assert.equal(wrong.body.code, 'invalid_code')
    const body = { email: person.email, code: codeIn(message) }
    assert.equal((await client().post('/api/v1/auth/verify_email', body)).status, 204)
    assert.equal((await client().post('/api/v1/auth/verify_email', body)).body.code, 'invalid_code')
    const refreshed = await client().post('/api/v1/auth/refresh', { refresh_token: session.refresh_token })
    assert.equal(refreshed.body.user.email_verified, true)
  })

  test('a code alone verifies the email of a signed-in user, and needs the email otherwise', async () => {
    const path = '/api/v1/auth/verify_email'
    const { person, session } = await arrived(client())
    const stranger = await arrived(client())
    const { access_token: bearer } = session
    const code = codeIn(await smtp().mailTo(person.email))
    for (const presented of [{}, { bearer: 'x' }])
      assertFieldRefused(await client().post(path, { code }, presented), '/email', 'missing')
    const theirs = await client().post(path, { code }, { bearer: stranger.session.access_token })
    assertRefused(theirs, 'invalid_code')
    assert.equal((await client().post(path, { code }, { bearer })).status, 204)
    const refreshed = await client().post('/api/v1/auth/refresh', { refresh_token: session.refresh_token })
    assert.equal(refreshed.body.user.email_verified, true)
  })
}

onBothEngines('sign-in with a code by email', (engine) => {
  const site = mailSiteForSuite(engine)
  testCodeSignsOnce(site)
  testUnprovenOwner(site)
  testMessageVerifiesEmail(site)
})

onBothEngines('sign-up with required verification', (engine) => {
  const { server, smtp } = mailSiteForSuite(engine, { SIGIL_EMAIL_VERIFICATION: 'required' })
  const client = (): Client => clientAt(server().url)

  test('a new and a taken address get the same response, and the owner gets an email', async () => {
    const email = newEmail()
    const first = await signUp(client(), { email, password: goodPassword })
    const second = await signUp(client(), { email, password: 'the password of a stranger' })
    assert.equal(first.status, 202)
    assert.deepEqual([second.status, second.body], [first.status, first.body])
    await smtp().mailTo(email, ({ headers }) => headers.subject?.startsWith('You already have') ?? false)
  })

  test('a taken username does not reveal whether the address was taken', async () => {
    const username = `name${newEmail()
      .split('@')[0]
      ?.replaceAll(/[^a-z0-9]/g, '')}`
    for (const email of [newEmail(), newEmail()]) {
      assert.equal((await signUp(client(), { email, password: goodPassword, username })).status, 202)
    }
  })

  test('only the correct password of an unverified user sends another email', async () => {
    const email = newEmail()
    await signUp(client(), { email, password: goodPassword })
    await smtp().mailTo(email)
    const wrong = await signIn(client(), { email, password: 'not the right password' })
    assert.equal(wrong.body.code, 'wrong_credentials')
    const before = smtp().received.length
    const right = await signIn(client(), { email, password: goodPassword })
    assert.deepEqual([right.status, right.body.code], [403, 'email_not_verified'])
    const message = await smtp().mailTo(email, (mail) => smtp().received.indexOf(mail) >= before)
    const body = { email, code: codeIn(message) }
    assert.equal((await client().post('/api/v1/auth/verify_email', body)).status, 204)
    assert.equal((await signIn(client(), { email, password: goodPassword })).status, 200)
  })
})
