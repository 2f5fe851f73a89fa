import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findUser } from '#src/users/users.sql.ts'
import type { Client } from '#test/support/client.ts'
import { administratorOn, somebody } from '#test/support/console.ts'
import { assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { openMany } from '#test/support/many-sessions.ts'
import { onSite, type Site } from '#test/support/site.ts'

const isIn = async (visitor: Client) => (await visitor.get('/account')).status === 200
const idsIn = (text: string) => /name="ids" value="([^"]*)"/.exec(text)?.[1] ?? ''

async function visitorOn(site: Site) {
  const user = await somebody(site.world())
  const visitor = site.browser()
  await signedInOnPage(visitor, user.email)
  return { user, visitor }
}

onSite('sessions in the console', (site) => {
  const { world } = site

  test('the selected sessions are listed for confirmation, then end; the current one stays', async () => {
    const { admin, person } = await administratorOn(site)
    const [one, other] = [await visitorOn(site), await visitorOn(site)]
    const found = await admin.get(`/admin/sessions?q=${one.user.email}&started=1h`)
    const [, id = ''] = /name="id" value="([\w-]{22})"/.exec(found.text) ?? []
    assert.ok(!found.text.includes(other.user.email))
    const own = await admin.get(`/admin/sessions?q=${person.email}`)
    const [, ownId = ''] = /name="id" value="([\w-]{22})"/.exec(own.text) ?? []
    const asked = await admin.get(`/admin/sessions/end?id=${id}&id=${ownId}&id=unknown`)
    assert.ok(asked.text.includes(one.user.email) && asked.text.includes('Your own session is not included.'))
    assert.equal(idsIn(asked.text), id)
    const ended = await sendForm(admin, '/admin/sessions/end', { ids: `${id} ${ownId}` })
    assertLeads(ended, '/admin/sessions')
    assert.ok((await admin.get('/admin/sessions')).text.includes('1 session was signed out.'))
    assert.deepEqual([await isIn(one.visitor), await isIn(other.visitor)], [false, true])
    assertLeads(await admin.get(`/admin/sessions/end?id=${id}`), '/admin/sessions')
    assertLeads(await sendForm(admin, '/admin/sessions/end', { ids: id }), '/admin/sessions')
    assert.ok((await admin.get('/admin/sessions')).text.includes('No session was active any more.'))
  })

  test('sessions are found by IP address, page by page, and all matches can be selected', async () => {
    const { admin } = await administratorOn(site)
    const user = await somebody(world())
    await openMany(world(), user.id, 110)
    const first = await admin.get(`/admin/sessions?q=${user.email}`)
    const rows = (text: string) => [...text.matchAll(/name="id" value="([\w-]{22})"/g)].map(([, id]) => id)
    assert.equal(rows(first.text).length, 25)
    const [, next = ''] = /href="([^"]*cursor=[^"]*)" rel="next"/.exec(first.text) ?? []
    const second = await admin.get(next.replaceAll('&amp;', '&'))
    assert.equal(new Set([...rows(first.text), ...rows(second.text)]).size, 50)
    assert.ok((await admin.get('/admin/sessions?q=127.0.0.1')).text.includes(user.email))
    assert.ok((await admin.get('/admin/sessions?q=203.0.113.9')).text.includes('No live session matches'))
    const asked = await admin.get(`/admin/sessions/end?all=yes&q=${user.email}`)
    assert.equal(idsIn(asked.text).split(' ').length, 100)
    assert.ok(asked.text.includes('These are the newest 100.'))
    assertPage(await admin.get('/admin/sessions?started=1y'), 400)
    const many = Array.from({ length: 101 }, (_, index) => `id=${index}`).join('&')
    assertPage(await admin.get(`/admin/sessions/end?${many}`), 400)
  })
})

onSite('bulk actions on users in the console', (site) => {
  const { world } = site

  test('the selected users are listed for confirmation, then disabled, enabled and deleted', async () => {
    const { admin, person } = await administratorOn(site)
    const [one, other] = [await visitorOn(site), await visitorOn(site)]
    const query = [one.user.id, other.user.id, person.id, 'unknown'].map((id) => `id=${id}`).join('&')
    const asked = await admin.get(`/admin/users/bulk?action=disable&${query}`)
    assert.ok(asked.text.includes('Disable 2 accounts?'))
    assert.ok(asked.text.includes(one.user.email) && asked.text.includes('Your own account is not included.'))
    assert.equal(idsIn(asked.text), `${one.user.id} ${other.user.id}`)
    const ids = `${idsIn(asked.text)} ${person.id} unknown`
    const send = (action: string) => sendForm(admin, '/admin/users/bulk', { action, ids })
    const stateOf = async (id: string) => (await findUser(world().db.query, id))?.state
    assertLeads(await send('disable'), '/admin/users')
    assert.ok((await admin.get('/admin/users')).text.includes('2 accounts were disabled.'))
    assert.deepEqual([await isIn(one.visitor), await isIn(other.visitor)], [false, false])
    const states = [await stateOf(one.user.id), await stateOf(other.user.id), await stateOf(person.id)]
    assert.deepEqual(states, ['disabled', 'disabled', 'active'])
    assertLeads(await send('enable'), '/admin/users')
    assert.equal(await stateOf(one.user.id), 'active')
    await signedInOnPage(one.visitor, one.user.email)
    assertLeads(await send('sign_out'), '/admin/users')
    assert.equal(await isIn(one.visitor), false)
    assertLeads(await send('delete'), '/admin/users')
    assert.deepEqual([await stateOf(one.user.id), await stateOf(person.id)], [undefined, 'active'])
    assertPage(await send('promote'), 400)
    assertLeads(await admin.get('/admin/users/bulk?action=delete'), '/admin/users')
    assertLeads(await admin.get(`/admin/users/bulk?id=${person.id}`), '/admin/users')
  })
})
