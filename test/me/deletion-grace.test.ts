import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanLeaving } from '#src/accounts/clean.ts'
import { disable, enable } from '#src/accounts/disable.ts'
import { grantRole } from '#src/accounts/grant-role.ts'
import { byCli } from '#src/audit/by.ts'
import { systemClock } from '#src/platform/clock.ts'
import { sql } from '#src/store/sql.ts'
import { findUser } from '#src/users/users.sql.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { mailSiteForSuite } from '#test/support/mail-site.ts'
import {
  arrived,
  goodPassword,
  isAccepted,
  refresh,
  signedIn,
  signedUp,
  signIn,
  signUp,
} from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { startServer } from '#test/support/server.ts'
import { linkIn } from '#test/support/smtp-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { verifiedPerson } from '#test/support/verified-person.ts'

const me = '/api/v1/me'
const restorePath = '/api/v1/auth/restore'
const dayMs = 24 * 60 * 60 * 1000
const week = { SIGIL_DELETE_GRACE: '7d' }

onBothEngines('the grace period of a deleted account', (engine) => {
  test('a deleted account is signed out everywhere, and can be restored for seven days', async () => {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock, env: week })
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    const other = await signedIn(client, person)
    const begun = await client.delete(me, { bearer: session.access_token })
    assert.equal(begun.status, 200)
    const deletesAt = clock.now() + 7 * dayMs
    assert.equal(Date.parse(String(begun.body.deletes_at)), deletesAt)
    for (const { access_token, refresh_token } of [session, other]) {
      assert.equal(await isAccepted(client, access_token), false)
      assertRefused(await refresh(client, refresh_token), 'refresh_token_revoked')
    }
    const login = { login: person.email, password: person.password }
    assertRefused(await signIn(client, { ...login, password: 'not this password' }), 'wrong_credentials')
    assertRefused(await signUp(client, { email: person.email, password: goodPassword }), 'already_registered')

    clock.forward(6 * dayMs)
    assert.equal(await cleanLeaving(world, 500), 0)
    const rejected = await signIn(client, login)
    assertRefused(rejected, 'account_being_deleted')
    assert.equal(rejected.cookies.length, 0)
    const token = String(rejected.body.restore_token)
    assertRefused(await client.post(restorePath, { token: `${token}x` }), 'invalid_link')
    const restored = await atOnce(20, () => client.post(restorePath, { token }))
    assert.deepEqual(tally(restored), { '204': 1, '401 invalid_link': 19 })
    assert.equal(await isAccepted(client, session.access_token), false)
    const again = await signedIn(client, person)
    clock.forward(2 * dayMs)
    assert.equal(await cleanLeaving(world, 500), 0)
    assert.equal((await findUser(world.db.query, person.id))?.state, 'active')
    assert.ok(again.refresh_token)

    const rows = await world.db.query(sql`select event from audit_events
      where target_id = ${person.id} and event like 'user.%' order by at, id`)
    assert.deepEqual(
      rows.map(({ event }) => event),
      ['user.signed_up', 'user.deletion_scheduled', 'user.restored'],
    )
  })
})

onBothEngines('the end of the grace period', (engine) => {
  test('after seven days the account and its data are deleted, and the email is free', async () => {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock, env: week })
    const client = clientAt(url)
    const people = await atOnce(3, () => arrived(client))
    for (const { session } of people)
      assert.equal((await client.delete(me, { bearer: session.access_token })).status, 200)
    const [first] = people
    assert.ok(first)
    const { person } = first
    const rejected = await signIn(client, { login: person.email, password: person.password })
    clock.forward(7 * dayMs)
    // It is too late even before the cleaner runs.
    const token = String(rejected.body.restore_token)
    assertRefused(await client.post(restorePath, { token }), 'invalid_link')
    const login = { login: person.email, password: person.password }
    assertRefused(await signIn(client, login), 'wrong_credentials')
    await Promise.all([cleanLeaving(world, 500), cleanLeaving(world, 500)])
    for (const one of people) assert.equal(await findUser(world.db.query, one.person.id), undefined)
    const sessions = await world.db.query(sql`select id from sessions where user_id = ${person.id}`)
    assert.deepEqual(sessions, [])
    assert.equal((await signUp(client, { email: person.email, password: goodPassword })).status, 201)
  })
})

onBothEngines('a restore at the last moment', (engine) => {
  test('twenty restores and the cleaner at once: the account is either restored or deleted', async () => {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock, env: { SIGIL_DELETE_GRACE: '1s' } })
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    await client.delete(me, { bearer: session.access_token })
    const rejected = await signIn(client, { login: person.email, password: person.password })
    const token = String(rejected.body.restore_token)
    const restores = atOnce(20, () => client.post(restorePath, { token }))
    clock.forward(1000)
    await cleanLeaving(world, 500)
    const restored = (await restores).some(({ status }) => status === 204)
    assert.equal((await findUser(world.db.query, person.id))?.state, restored ? 'active' : undefined)
  })
})

onBothEngines('deletions that are rejected or cancelled', (engine) => {
  test('the last administrator cannot begin to delete the account', async () => {
    const { url, world } = await startServer(engine, week)
    const client = clientAt(url)
    const { person } = await arrived(client)
    await grantRole(world, { userId: person.id, role: 'admin', by: byCli })
    const { access_token } = await signedIn(client, person)
    assertRefused(await client.delete(me, { bearer: access_token }), 'last_admin')
    assert.equal(await isAccepted(client, access_token), true)
  })

  test('an administrator who enables the user cancels the deletion', async () => {
    const { url, world } = await startServer(engine, week)
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    await client.delete(me, { bearer: session.access_token })
    assert.equal(await enable(world, { userId: person.id, by: byCli }), true)
    const user = await findUser(world.db.query, person.id)
    assert.deepEqual([user?.state, user?.deletesAt], ['active', undefined])
    await signedIn(client, person)
  })

  test('a user disabled by an administrator in the meantime can only be restored by one', async () => {
    const { url, world } = await startServer(engine, week)
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    await client.delete(me, { bearer: session.access_token })
    const login = { login: person.email, password: person.password }
    const token = String((await signIn(client, login)).body.restore_token)
    assert.equal((await disable(world, { userId: person.id, by: byCli })).disabled, 'disabled')
    assertRefused(await client.post(restorePath, { token }), 'invalid_link')
    assertRefused(await signIn(client, login), 'wrong_credentials')
    const user = await findUser(world.db.query, person.id)
    assert.deepEqual([user?.state, user?.deletesAt], ['disabled', undefined])
    assert.equal((await disable(world, { userId: person.id, by: byCli })).disabled, 'already')
  })

  test('pages: deleting, signing in, restoring and signing in again', async () => {
    const { url } = await startServer(engine, week)
    const visitor = browserAt(url)
    const email = await arrivedOnPage(visitor)
    const form = await visitor.get('/account/delete')
    assert.ok(form.text.includes('You can restore your account for 7 days'))
    assertLeads(await sendForm(visitor, '/account/delete', { password: goodPassword }), '/sign-in')
    assert.ok((await visitor.get('/sign-in')).text.includes('Your account will be deleted.'))
    assertLeads(await visitor.get('/account'), '/sign-in?next=%2Faccount')
    const login = { login: email, password: goodPassword }
    assertLeads(await sendForm(visitor, '/sign-in', login), '/restore-account')
    const page = await visitor.get('/restore-account')
    assertPage(page, 200)
    assert.ok(page.text.includes(`The account ${email} will be deleted on`))
    assertPage(await browserAt(url).get('/restore-account', { headers: { accept: 'text/html' } }), 401)
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(page.text) ?? []
    assertLeads(await sendForm(visitor, '/restore-account', { token }), '/sign-in')
    assert.ok((await visitor.get('/sign-in')).text.includes('Your account is restored.'))
    await signedInOnPage(visitor, email)
  })
})

onBothEngines('the email about a deletion', (engine) => {
  const site = mailSiteForSuite(engine, week)

  test('the owner of a proven email gets the date and a link that restores the account once', async () => {
    const client = clientAt(site.server().url)
    const person = await verifiedPerson(client, site)
    const { access_token } = await signedIn(client, person)
    const before = systemClock.now()
    const begun = await client.delete(me, { bearer: access_token, json: { password: person.password } })
    assert.equal(begun.status, 200, begun.text)
    const deletesAt = Date.parse(String(begun.body.deletes_at))
    assert.ok(deletesAt >= before + 7 * dayMs)
    const mail = await site.smtp().mailTo(person.email, ({ text }) => text.includes('/restore-account'))
    assert.match(mail.headers.subject ?? '', /will be deleted/)
    assert.ok(mail.text.includes(new Date(deletesAt).toISOString().slice(0, 4)), mail.text)
    const { path, token } = linkIn(mail)
    assertPage(await browserAt(site.server().url).get(path), 200)
    assertRefused(
      await signIn(client, { login: person.email, password: person.password }),
      'account_being_deleted',
    )
    assert.equal((await client.post(restorePath, { token })).status, 204)
    assertRefused(await client.post(restorePath, { token }), 'invalid_link')
    await signedIn(client, person)
  })

  test('an unproven email gets no message about a deletion', async () => {
    const client = clientAt(site.server().url)
    const [person, proven] = [await signedUp(client), await verifiedPerson(client, site)]
    for (const one of [person, proven]) {
      const { access_token } = await signedIn(client, one)
      assert.equal((await client.delete(me, { bearer: access_token })).status, 200)
    }
    // Sent after it would have been sent to the other one.
    await site.smtp().mailTo(proven.email, ({ text }) => text.includes('/restore-account'))
    const sent = site
      .smtp()
      .received.filter(({ to, text }) => to === person.email && text.includes('/restore'))
    assert.deepEqual(sent, [])
  })
})
