import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { discard, retryDelivery } from '#src/outbox/dead-letters.ts'
import { countDeliveries, findDelivery } from '#src/outbox/deliveries.sql.ts'
import { sql } from '#src/store/sql.ts'
import { fillConsole } from '#test/support/busy-server.ts'
import { administratorOn, somebody } from '#test/support/console.ts'
import { assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { settle } from '#test/support/lived-in-user.ts'
import { onSite } from '#test/support/site.ts'

onSite('mail in the console', (site) => {
  const { world } = site

  test('a failed email is requeued once by twenty calls, and discarded with its content', async () => {
    const { admin, person } = await administratorOn(site)
    const { deliveryId: id } = await fillConsole(world(), person.id)
    const list = await admin.get('/admin/mail')
    assert.ok(list.text.includes('550 no such mailbox') && !list.text.includes('sealed<'))
    assert.equal((await countDeliveries(world().db.query)).dead, 1)
    const retrying = Array.from({ length: 20 }, () => retryDelivery(world(), { id, by: byCli }))
    assert.equal((await Promise.all(retrying)).filter(Boolean).length, 1)
    assertPage(await sendForm(admin, `/admin/mail/${id}/retry`), 404)
    assertPage(await admin.get(`/admin/mail/${id}/discard`), 200)
    assertLeads(await sendForm(admin, `/admin/mail/${id}/discard`), '/admin/mail?state=dead')
    const [row] = await world().db.query(sql`select payload from outbox_deliveries where id = ${id}`)
    assert.equal(row?.payload, '')
    assert.equal(await discard(world(), { id, by: byCli }), false)
    assert.equal(await retryDelivery(world(), { id, by: byCli }), false)
    assertPage(await admin.get('/admin/mail/nothing'), 404)
  })

  test('an email can be sent again from the console until it expires', async () => {
    const { admin, person } = await administratorOn(site)
    const { deliveryId: id } = await fillConsole(world(), person.id)
    assert.ok((await admin.get(`/admin/mail/${id}`)).text.includes(`/admin/mail/${id}/retry`))
    assertLeads(await sendForm(admin, `/admin/mail/${id}/retry`), `/admin/mail/${id}`)
    assert.notEqual((await findDelivery(world().db.query, id))?.lastError, undefined)
    const { deliveryId: old } = await fillConsole(world(), person.id)
    await world().db.query(sql`update outbox_deliveries set expires_at = 1 where id = ${old}`)
    assert.ok(!(await admin.get(`/admin/mail/${old}`)).text.includes('/retry'))
    assertPage(await sendForm(admin, `/admin/mail/${old}/retry`), 404)
  })
})

onSite('keys and sign-in methods in the console', (site) => {
  test('settings are listed by subject with a description, and found by common words', async () => {
    const { admin } = await administratorOn(site)
    const { text } = await admin.get('/admin/settings')
    const subjects = [...text.matchAll(/<section class="sheet settings"><h2>([^<]+)</g)].map(([, one]) => one)
    assert.deepEqual(subjects, [
      ...['Server', 'Database and keys', 'Backups', 'Sign-in and accounts', 'Mail', 'Pages and brand'],
      ...['Identity providers', 'Tokens and apps'],
    ])
    for (const word of ['spa', 'cors', 'origins'])
      assert.ok((await admin.get(`/admin/settings?q=${word}`)).text.includes('SIGIL_CORS_ORIGINS'), word)
    assert.ok(!(await admin.get('/admin/settings?q=nothing+like+it')).text.includes('SIGIL_'))
    assert.match(
      (await admin.get('/admin/sign-in')).text,
      /SIGIL_SIGN_UP<.*Whether anyone can create an account/s,
    )
  })

  test('a key is rotated in the console once', async () => {
    const { admin } = await administratorOn(site)
    for (const message of ['A new key was published.', 'A new key is already published.']) {
      assertPage(await admin.get('/admin/keys/sign/rotate'), 200)
      assertLeads(await sendForm(admin, '/admin/keys/sign/rotate'), '/admin/keys')
      assert.ok((await admin.get('/admin/keys')).text.includes(message))
    }
    assertPage(await admin.get('/admin/keys/strange/rotate'), 404)
    assertPage(await sendForm(admin, '/admin/keys/constructor/rotate'), 404)
  })
})

onSite('the sign-in methods of an account in the console', (site) => {
  const { world } = site

  test('every sign-in method of an account can be removed in the console, except the last', async () => {
    const { admin } = await administratorOn(site)
    const user = await somebody(world())
    const filled = await fillConsole(world(), user.id)
    await settle(world(), { userId: user.id, clientId: filled.clientId })
    const own = `/admin/users/${user.id}`
    const { text } = await admin.get(own)
    for (const shown of ['iCloud Keychain', 'Authenticator app', 'grace@gmail.example', 'Trusted devices'])
      assert.ok(text.includes(shown), shown)
    const removals = [...text.matchAll(/href="([^"]+\/remove)"/g)].map(([, path = '']) => path)
    assert.equal(removals.length, 5)
    // Removing the authenticator app removes the trusted devices, so they are removed first.
    for (const path of removals.toSorted()) {
      assertPage(await admin.get(path), 200)
      assertLeads(await sendForm(admin, path), own)
      assertPage(await sendForm(admin, path), 404)
    }
    assert.ok(!(await admin.get(own)).text.includes('/remove"'))
    assertPage(await sendForm(admin, `${own}/factors/constructor/remove`), 404)
  })

  test('the last sign-in method of an account cannot be removed in the console', async () => {
    const { admin } = await administratorOn(site)
    const user = await somebody(world())
    const filled = await fillConsole(world(), user.id)
    await settle(world(), { userId: user.id, clientId: filled.clientId })
    await world().db.query(sql`update users set password_hash = null where id = ${user.id}`)
    await world().db.query(sql`delete from upstream_identities where user_id = ${user.id}`)
    const { text } = await admin.get(`/admin/users/${user.id}`)
    const [, path = ''] = /href="([^"]+\/passkeys\/[^"]+\/remove)"/.exec(text) ?? []
    assertPage(await sendForm(admin, path), 409)
  })

  test('a password is unlocked and a reset link is created on the page of a user', async () => {
    const { admin } = await administratorOn(site)
    const user = await somebody(world())
    const own = `/admin/users/${user.id}`
    assert.ok(!(await admin.get(own)).text.includes('/unlock'))
    await world().db.query(sql`update users set failed_passwords = 100 where id = ${user.id}`)
    assert.ok((await admin.get(own)).text.includes(`action="${own}/unlock"`))
    assertLeads(await sendForm(admin, `${own}/unlock`), own)
    assert.ok(!(await admin.get(own)).text.includes('/unlock'))
    assertPage(await admin.get(`${own}/reset-link`), 200)
    const { text } = await sendForm(admin, `${own}/reset-link`)
    const [, link = ''] = /<code>(http[^<]+\/reset-password[^<]+)</.exec(text) ?? []
    assertPage(
      await site.browser().get(new URL(link.replaceAll('&amp;', '&')).pathname + new URL(link).search),
      200,
    )
  })
})
