import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findUser } from '#src/users/users.sql.ts'
import type { Client } from '#test/support/client.ts'
import { administratorOn, somebody } from '#test/support/console.ts'
import { assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { isAccepted } from '#test/support/people.ts'
import { onSite, type Site } from '#test/support/site.ts'

/** An administrator, and a user who is signed in. */
async function pairOn(site: Site) {
  const { admin, person } = await administratorOn(site)
  const user = await somebody(site.world())
  const visitor = site.browser()
  await signedInOnPage(visitor, user.email)
  return { admin, person, user, visitor, token: visitor.jar.valueOf('access_token') }
}

/** The confirmation shows the user, and the way back before the action. */
async function assertAsks(admin: Client, path: string, email: string): Promise<void> {
  const { status, text } = await admin.get(path)
  assert.equal(status, 200)
  assert.ok(text.includes(email), path)
  assert.ok(text.indexOf('>Cancel<') < text.indexOf('class="danger solid"'), path)
  assert.ok(text.includes(`method="post" action="${path}"`), path)
}

const isIn = async (visitor: Client) => (await visitor.get('/account')).status === 200

onSite('ending sessions in the console', (site) => {
  const { browser } = site

  test('disabling a user in the console asks first, then ends every session and token', async () => {
    const { admin, user, visitor, token } = await pairOn(site)
    const path = `/admin/users/${user.id}/disable`
    await assertAsks(admin, path, user.email)
    assert.equal(await isIn(visitor), true)
    assertLeads(await sendForm(admin, path), `/admin/users/${user.id}`)
    assert.equal(await isIn(visitor), false)
    assert.equal(await isAccepted(browser(), token), false)
    const { text } = await admin.get(`/admin/users/${user.id}`)
    assert.ok(text.includes('The account was disabled.'))
    assert.ok(text.includes('>Disabled<'))
    assert.ok(!(await admin.get(`/admin/users/${user.id}`)).text.includes('The account was disabled.'))
    assertLeads(await sendForm(admin, `/admin/users/${user.id}/enable`), `/admin/users/${user.id}`)
    await signedInOnPage(visitor, user.email)
  })

  test('signing a user out everywhere in the console ends every session', async () => {
    const { admin, user, visitor, token } = await pairOn(site)
    const path = `/admin/users/${user.id}/sign-out`
    await assertAsks(admin, path, user.email)
    assertLeads(await sendForm(admin, path), `/admin/users/${user.id}`)
    assert.equal(await isIn(visitor), false)
    assert.equal(await isAccepted(browser(), token), false)
    assert.ok((await admin.get(`/admin/users/${user.id}`)).text.includes('Not signed in anywhere.'))
  })

  test('ending one session of a user in the console leaves the others', async () => {
    const { admin, user, visitor } = await pairOn(site)
    const second = browser()
    await signedInOnPage(second, user.email)
    const { text } = await admin.get(`/admin/users/${user.id}`)
    // The newest session comes first.
    const [, path = ''] = /href="([^"]*\/sessions\/[\w-]{22}\/end)"/.exec(text) ?? []
    await assertAsks(admin, path, user.email)
    assertLeads(await sendForm(admin, path), `/admin/users/${user.id}`)
    assert.deepEqual([await isIn(visitor), await isIn(second)], [true, false])
  })
})

onSite('deleting a user and changing roles in the console', (site) => {
  const { browser, world } = site

  test('deleting a user in the console deletes the account', async () => {
    const { admin, user, visitor, token } = await pairOn(site)
    const path = `/admin/users/${user.id}/delete`
    await assertAsks(admin, path, user.email)
    assertLeads(await sendForm(admin, path), '/admin/users')
    assert.ok((await admin.get('/admin/users')).text.includes('The account was deleted.'))
    assert.equal(await findUser(world().db.query, user.id), undefined)
    assert.equal(await isIn(visitor), false)
    assert.equal(await isAccepted(browser(), token), false)
    assertPage(await sendForm(admin, path), 404)
  })

  test('granting and revoking a role in the console changes the roles and keeps the session', async () => {
    const { admin, user, visitor, token } = await pairOn(site)
    const own = `/admin/users/${user.id}`
    assertLeads(await sendForm(admin, `${own}/roles`, { role: 'subscriber' }), own)
    assert.deepEqual((await findUser(world().db.query, user.id))?.roles, ['default_user', 'subscriber'])
    assert.equal(await isAccepted(browser(), token), false)
    await assertAsks(admin, `${own}/roles/subscriber/revoke`, user.email)
    assertLeads(await sendForm(admin, `${own}/roles/subscriber/revoke`), own)
    assert.deepEqual((await findUser(world().db.query, user.id))?.roles, ['default_user'])
    assert.equal(await isIn(visitor), true)
    assertPage(await sendForm(admin, `${own}/roles`, { role: 'nothing' }), 404)
  })
})

onSite('administrators in the console', (site) => {
  test('an administrator who signs out everywhere in the console is signed out', async () => {
    const { admin, person } = await pairOn(site)
    assertLeads(await sendForm(admin, `/admin/users/${person.id}/sign-out`), '/sign-in')
    assertLeads(await admin.get('/admin'), '/sign-in?next=%2Fadmin')
  })

  test('an administrator who gives up the role in the console is redirected to the account', async () => {
    const { admin, person } = await pairOn(site)
    await administratorOn(site)
    assertLeads(await sendForm(admin, `/admin/users/${person.id}/roles/admin/revoke`), '/account')
    assertPage(await admin.get('/admin'), 403)
  })

  test('every action in the console is in the audit log with the administrator as its actor', async () => {
    const { admin, person, user } = await pairOn(site)
    await sendForm(admin, `/admin/users/${user.id}/disable`)
    const blocked = /This user cannot sign in/
    assert.match((await admin.get(`/admin/users/${user.id}`)).text, blocked)
    await sendForm(admin, `/admin/users/${user.id}/enable`)
    assert.doesNotMatch((await admin.get(`/admin/users/${user.id}`)).text, blocked)
    const { text } = await admin.get(`/admin/audit?target=${user.id}&actor=${person.id}`)
    for (const event of ['user.disabled', 'user.enabled'])
      assert.ok(text.includes(`<code>${event}</code>`), event)
  })
})

onSite('the last administrator in the console', (site) => {
  test('the last administrator can be neither disabled, deleted nor demoted in the console', async () => {
    const { admin, person } = await administratorOn(site)
    for (const action of ['disable', 'delete', 'roles/admin/revoke']) {
      assertPage(await sendForm(admin, `/admin/users/${person.id}/${action}`), 409)
    }
    assertPage(await admin.get('/admin'), 200)
  })
})

onSite('roles in the console', (site) => {
  test('a role is created and deleted in the console', async () => {
    const { admin } = await administratorOn(site)
    assertLeads(
      await sendForm(admin, '/admin/roles', { name: 'editor', description: 'Edits' }),
      '/admin/roles',
    )
    assert.ok((await admin.get('/admin/roles')).text.includes('The role was created.'))
    const again = await sendForm(admin, '/admin/roles', { name: 'editor', description: 'Edits' })
    assertPage(again, 409)
    assert.ok(again.text.includes('aria-invalid="true"'))
    assert.ok(again.text.includes('value="Edits"'))
    assertPage(await sendForm(admin, '/admin/roles', { name: 'No name' }), 400)
    assertPage(await admin.get('/admin/roles/editor/delete'), 200)
    assertLeads(await sendForm(admin, '/admin/roles/editor/delete'), '/admin/roles')
    assertPage(await sendForm(admin, '/admin/roles/editor/delete'), 404)
    assertPage(await sendForm(admin, '/admin/roles/admin/delete'), 409)
  })
})
