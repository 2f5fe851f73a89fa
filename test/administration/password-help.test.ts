import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import { enrolledPasskey, optionsIn } from '#test/support/passkeys.ts'
import { arrived, isAccepted, pairOf, personWithRoles, signIn } from '#test/support/people.ts'
import { codeIn, linkIn } from '#test/support/smtp-server.ts'

const given = 'a password from the help desk'
const own = 'a password of my own choice'

function toolsOf(site: MailSite) {
  const { server, smtp } = site
  const client = (): Client => clientAt(server().url)

  async function admin(): Promise<string> {
    const person = await personWithRoles(server().world, ['default_user', 'admin'])
    return (await pairOf(server().world, person)).accessToken
  }

  const reset = (body: Record<string, unknown>) => client().post('/api/v1/auth/reset', body)
  return { client, admin, reset, server, smtp }
}

function testAdministratorSetsPassword(site: MailSite): void {
  const { client, admin, reset } = toolsOf(site)

  test('an administrator sets a password, which ends every session', async () => {
    const { person, session } = await arrived(client())
    const path = `/api/v1/users/${person.id}/password`
    const bearer = await admin()
    assert.equal((await client().put(path, { password: 'short' }, { bearer })).body.code, 'invalid_request')
    assert.equal((await client().put(path, { password: given }, { bearer })).status, 204)
    assert.equal(await isAccepted(client(), session.access_token), false)
    assert.equal((await signIn(client(), person)).status, 401)
    assert.equal((await signIn(client(), { ...person, password: given })).status, 200)
  })

  test('a password that must be changed opens no session before it is replaced, once', async () => {
    const { person } = await arrived(client())
    const body = { password: given, must_change: true }
    await client().put(`/api/v1/users/${person.id}/password`, body, { bearer: await admin() })
    const asked = await signIn(client(), { ...person, password: given })
    assert.equal(asked.status, 200)
    assert.deepEqual(Object.keys(asked.body).toSorted(), ['mfa_token', 'password_change_required'])
    assert.deepEqual(asked.cookies, [])
    const { mfa_token } = JSON.parse(asked.text) as { mfa_token: string }
    const replies = await atOnce(5, () => reset({ mfa_token, password: own }))
    assert.equal(tally(replies)['204'], 1, JSON.stringify(tally(replies)))
    assert.equal((await reset({ mfa_token, password: own })).body.code, 'attempt_expired')
    assert.equal((await signIn(client(), { ...person, password: given })).status, 401)
    assert.equal((await signIn(client(), { ...person, password: own })).status, 200)
  })

  test('a link from an administrator sets a password once, and does not verify the email', async () => {
    const { person } = await arrived(client())
    const path = `/api/v1/users/${person.id}/reset_link`
    const link = await client().post(path, undefined, { bearer: await admin() })
    assert.equal(link.status, 201, link.text)
    const { url, expires_at } = JSON.parse(link.text) as { url: string; expires_at: string }
    assert.match(url, /\/reset-password\?token=/)
    assert.ok(Date.parse(expires_at) > Date.now())
    const token = new URL(url).searchParams.get('token')
    assert.equal((await reset({ token, password: own })).status, 204)
    assert.equal((await reset({ token, password: own })).body.code, 'invalid_link')
    const signedIn = await signIn(client(), { ...person, password: own })
    assert.equal(signedIn.body.user.email_verified, false)
  })
}

function testPasswordAdministratorSets(site: MailSite): void {
  const { client, admin, reset, server, smtp } = toolsOf(site)

  test('setting a password as an administrator invalidates earlier links', async () => {
    const { person } = await arrived(client())
    const bearer = await admin()
    const path = `/api/v1/users/${person.id}`
    const link = await client().post(`${path}/reset_link`, undefined, { bearer })
    const token = new URL(JSON.parse(link.text).url).searchParams.get('token')
    await client().put(`${path}/password`, { password: given }, { bearer })
    assert.equal((await reset({ token, password: own })).body.code, 'invalid_link')
    assert.equal((await signIn(client(), { ...person, password: given })).status, 200)
  })

  test('a hundred wrong passwords in a row lock a password, until an administrator unlocks it', async () => {
    const { person } = await arrived(client())
    const { query } = server().world.db
    await query(sql`update users set failed_passwords = 99 where id = ${person.id}`)
    const wrong = { ...person, password: 'not the right password' }
    assert.equal((await signIn(client(), wrong)).body.code, 'wrong_credentials')
    assert.equal((await signIn(client(), wrong)).body.code, 'wrong_credentials')
    const locked = await signIn(client(), person)
    assert.deepEqual([locked.status, locked.body.code], [403, 'account_locked'])
    const bearer = await admin()
    const unlocked = await client().post(`/api/v1/users/${person.id}/unlock`, undefined, { bearer })
    assert.equal(unlocked.status, 204)
    assert.equal((await signIn(client(), person)).status, 200)
  })

  test('a locked password signs in together with a passkey', async () => {
    const { person, session } = await arrived(client())
    const { url, world } = server()
    const { authenticator } = await enrolledPasskey(client(), { url, bearer: session.access_token })
    await world.db.query(sql`update users set failed_passwords = 100 where id = ${person.id}`)
    const { mfa_token, methods } = JSON.parse((await signIn(client(), person)).text)
    assert.deepEqual(methods, ['passkey'])
    const options = optionsIn(await client().post('/api/v1/auth/mfa/options', { mfa_token }))
    const proof = { mfa_token, method: 'passkey', response: authenticator.get(options) }
    assert.equal((await client().post('/api/v1/auth/mfa', proof)).status, 200)
    assert.equal((await signIn(client(), person)).status, 200)
  })

  test('a locked password of a verified user signs in with a code by mail, which unlocks it', async () => {
    const { person } = await arrived(client())
    const { query } = server().world.db
    await query(sql`update users set failed_passwords = 100, email_verified_at = 1 where id = ${person.id}`)
    const asked = await signIn(client(), person)
    const { mfa_token, methods } = JSON.parse(asked.text) as { mfa_token: string; methods: string[] }
    assert.deepEqual(methods, ['email_code'])
    assert.equal((await client().post('/api/v1/auth/mfa/code', { mfa_token })).status, 202)
    const isCode = ({ text }: { text: string }) => text.includes('confirm that it is you')
    const code = codeIn(await smtp().mailTo(person.email, isCode))
    const proof = { mfa_token, method: 'email_code', code }
    const replies = await atOnce(4, () => client().post('/api/v1/auth/mfa', proof))
    assert.equal(tally(replies)['200'], 1, JSON.stringify(tally(replies)))
    assert.equal((await signIn(client(), person)).body.user.email, person.email)
  })
}

function testResetSecondFactor(site: MailSite): void {
  const { client, reset, server, smtp } = toolsOf(site)

  test('a reset requires an existing second factor and keeps it', async () => {
    const { person } = await arrived(client())
    const { query } = server().world.db
    await query(sql`update users set second_factors = 'totp', email_verified_at = 1 where id = ${person.id}`)
    await client().post('/api/v1/auth/forgot', { email: person.email })
    const isReset = ({ text }: { text: string }) => text.includes('/reset-password')
    const { token } = linkIn(await smtp().mailTo(person.email, isReset))
    const asked = await reset({ token, password: own })
    assert.equal(asked.status, 200)
    const { methods } = JSON.parse(asked.text) as { methods: string[] }
    assert.deepEqual(methods, ['totp'])
    const [attempt] = await query(sql`select new_password from sign_in_attempts where user_id = ${person.id}`)
    assert.doesNotMatch(String(attempt?.new_password), /argon2/)
    // Nothing is set before the second factor is proven.
    const before = await signIn(client(), { ...person, password: own })
    assert.equal(before.body.code, 'wrong_credentials')
    assert.equal((await reset({ token, password: own })).body.code, 'invalid_link')
  })

  test('a password is reset once the second factor is proven', async () => {
    const { person } = await arrived(client())
    const { query } = server().world.db
    const set = (factors: string) =>
      query(sql`update users set second_factors = ${factors}, email_verified_at = 1 where id = ${person.id}`)
    await set('totp')
    await client().post('/api/v1/auth/forgot', { email: person.email })
    const isReset = ({ text }: { text: string }) => text.includes('/reset-password')
    const { token } = linkIn(await smtp().mailTo(person.email, isReset))
    const asked = await reset({ token, password: own })
    const { mfa_token } = JSON.parse(asked.text) as { mfa_token: string }
    // The mail code represents any second factor here: the attempt accepts any of them.
    await query(sql`update sign_in_attempts set due = 'email_code' where user_id = ${person.id}`)
    assert.equal((await client().post('/api/v1/auth/mfa/code', { mfa_token })).status, 202)
    const isCode = ({ text }: { text: string }) => text.includes('confirm that it is you')
    const code = codeIn(await smtp().mailTo(person.email, isCode))
    await query(sql`update sign_in_attempts set proven = '[{"kind":"password","amr":["pwd"],"at":1}]'
      where user_id = ${person.id}`)
    const done = await client().post('/api/v1/auth/mfa', { mfa_token, method: 'email_code', code })
    assert.equal(done.status, 204, done.text)
    await set('')
    assert.equal((await signIn(client(), { ...person, password: own })).status, 200)
  })
}

onBothEngines('help with passwords', (engine) => {
  const site = mailSiteForSuite(engine)
  testAdministratorSetsPassword(site)
  testPasswordAdministratorSets(site)
  testResetSecondFactor(site)
})
