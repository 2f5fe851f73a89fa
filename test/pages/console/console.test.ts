import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addUser } from '#src/accounts/add.ts'
import { createRole } from '#src/administration/create-role.ts'
import { byCli } from '#src/audit/by.ts'
import { routes } from '#src/routes.ts'
import { sql } from '#src/store/sql.ts'
import { findUser, findUserByEmail } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'
import { fillConsole } from '#test/support/busy-server.ts'
import { administratorOn, somebody } from '#test/support/console.ts'
import { consolePages, consolePaths } from '#test/support/console-pages.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { newEmail } from '#test/support/people.ts'
import { onSite } from '#test/support/site.ts'

/** Puts the markup into every text that a user or an app can set. */
async function plantMarkup(target: World, userId: string) {
  const { db } = target
  const filled = await fillConsole(target, userId)
  const scopes = JSON.stringify({ [markup]: markup })
  await createRole(target, {
    name: `hostile-${userId
      .slice(0, 4)
      .toLowerCase()
      .replace(/[^a-z]/g, 'x')}`,
    description: markup,
    by: byCli,
  })
  await db.query(sql`update apps set name = ${markup} where client_id = ${filled.clientId}`)
  await db.query(sql`update apis set audience = ${`${markup}${userId}`}, scopes = ${scopes}
    where name = ${filled.apiName}`)
  await db.query(
    sql`update outbox_deliveries set last_error = ${markup}, kind = ${markup} where state <> 'sent'`,
  )
  await db.query(sql`insert into upstream_identities
      (id, user_id, provider, issuer, subject, label, linked_at)
    values (${userId}, ${userId}, ${markup}, ${markup}, ${userId}, ${markup}, 1)`)
  await db.query(sql`insert into trusted_devices (id, token_hash, user_id, signature, address, user_agent,
      created_at, last_used_at, expires_at)
    select id, id, id, signature, ${markup}, ${markup}, 1, 1, ${8e15} from users
      where id = ${userId}`)
  return filled
}

const markup = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&{{7*7}}\``

onSite('times in the console', (site) => {
  test('the console shows times in the zone that the browser has reported', async () => {
    const { admin, person } = await administratorOn(site)
    const path = `/admin/users/${person.id}`
    assert.match((await admin.get(path)).text, /<time [^>]*title="[^"]+ UTC"/)
    admin.jar.keep('sigil_zone=Asia/Kolkata; Path=/')
    const { text } = await admin.get(path)
    assert.ok(text.includes('<time ') && !text.includes(' UTC"'))
  })
})

onSite('the console', (site) => {
  const { browser, world } = site

  test('every page of the console is in the table of pages, and a new one is detected', () => {
    const filled = { email: '', userId: '', clientId: '', apiName: '', verifierName: '', deliveryId: '' }
    const isPage = ({ method, path }: { method: string; path: string }) =>
      method === 'GET' && /^\/admin(?!\/setup|\/$)[^.]*$/.test(path)
    const paths = routes.filter(isPage).map(({ path }) => path)
    assert.deepEqual(paths.toSorted(), Object.keys(consolePages(filled)).toSorted())
  })

  test('an administrator can open every page of the console, in both languages', async () => {
    const { admin, person } = await administratorOn(site)
    const filled = { ...person, userId: person.id, ...(await fillConsole(world(), person.id)) }
    const other = await somebody(world())
    await signedInOnPage(browser(), other.email)
    for (const path of consolePaths({ ...filled, userId: other.id })) {
      const reply = await admin.get(path)
      assertPage(reply, 200)
      assert.ok(reply.text.includes('aria-current="page"'), path)
      assert.doesNotMatch(reply.text, /undefined|\[object|NaN|Infinity|<code><\/code>/, path)
      assert.match(reply.text, /As curl|On the command line/, path)
      const { text } = await admin.get(path, { headers: { 'accept-language': 'ru' } })
      assert.match(text, /<html lang="ru">/, path)
      assert.match(text, /То же через curl|В командной строке/, path)
    }
  })

  test('without the role admin the console is forbidden, and the page explains what to do', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const { id } = await somebody(world())
    const guarded = routes.filter(({ path }) => `${path}/`.startsWith('/admin/') && path !== '/admin/setup')
    assert.ok(guarded.length > 80)
    for (const { method, path } of guarded) {
      const target = path.replace(':id', id).replace(/:\w+/g, 'guest')
      const reply =
        method === 'GET' ? await visitor.get(target) : await sendForm(visitor, target, { role: 'admin' })
      assertPage(reply, 403)
      assert.ok(reply.text.includes('sigil role grant'), path)
    }
    assert.equal((await findUser(world().db.query, id))?.state, 'active')
  })

  test('the console sends a visitor who is not signed in to sign-in and back', async () => {
    assertLeads(await browser().get('/admin/users'), '/sign-in?next=%2Fadmin%2Fusers')
  })

  test('an administrator who lost the role is rejected at the next page', async () => {
    const [first, second] = [await administratorOn(site), await administratorOn(site)]
    assertPage(await second.admin.get('/admin'), 200)
    const path = `/admin/users/${second.person.id}/roles/admin/revoke`
    assertLeads(await sendForm(first.admin, path), `/admin/users/${second.person.id}`)
    assertPage(await second.admin.get('/admin'), 403)
  })
})

onSite('hostile calls to the console', (site) => {
  const { browser, world } = site

  test('a form of another site does nothing in the console', async () => {
    const { admin } = await administratorOn(site)
    const { id } = await somebody(world())
    const foreign = { origin: 'https://evil.example' }
    assertPage(await sendForm(admin, `/admin/users/${id}/disable`, {}, foreign), 403)
    assert.ok((await admin.get(`/admin/users/${id}`)).text.includes('>Active<'))
  })

  test('markup in every stored text appears as text on every page of the console', async () => {
    const { admin } = await administratorOn(site)
    const email = await arrivedOnPage(browser(markup), { full_name: markup })
    const user = (await findUserByEmail(world().db.query, email)) ?? assert.fail()
    const filled = await plantMarkup(world(), user.id)
    const query = encodeURIComponent(markup)
    const searches = ['users?q=', 'users?role=', 'sessions?q=', 'apps?q=', 'audit?actor=', 'audit?target=']
    const addresses = searches.map((search) => `/admin/${search}${query}`)
    const paths = [...consolePaths({ ...filled, email, userId: user.id }), ...addresses]
    for (const path of paths) {
      const { status, text } = await admin.get(path)
      assert.equal(status, 200, path)
      assert.doesNotMatch(text, /<script(?! type="module" src="\/assets\/)|<img|onerror='/, path)
    }
    for (const path of [`/admin/users/${user.id}`, `/admin/apps/${filled.clientId}`, '/admin/sessions']) {
      assert.ok((await admin.get(path)).text.includes('&quot;&gt;&lt;script&gt;alert(1)'), path)
    }
  })

  test('only administrators see a link to the console', async () => {
    const { admin } = await administratorOn(site)
    assert.ok((await admin.get('/account')).text.includes('href="/admin"'))
    const visitor = browser()
    await arrivedOnPage(visitor)
    assert.ok(!(await visitor.get('/account')).text.includes('href="/admin"'))
  })
})

onSite('the list of users', (site) => {
  const { world } = site

  test('users are found by email and filtered by status and role, page by page', async () => {
    const { admin, person } = await administratorOn(site)
    const mark = newEmail().replace('@example.org', '')
    for (let count = 0; count < 30; count++) {
      const email = `${mark}-${count}@list.example.org`
      const names = { password: undefined, username: undefined, fullName: undefined }
      await addUser(world(), { email, ...names, roles: ['guest'], address: '192.0.2.1', by: byCli })
    }
    const first = await admin.get(`/admin/users?q=${mark}-&role=guest`)
    const idsIn = (text: string) => [...text.matchAll(/"\/admin\/users\/([\w-]{22})"/g)].map(([, id]) => id)
    assert.equal(idsIn(first.text).length, 25)
    const [, next = ''] = /href="([^"]*cursor=[^"]*)" rel="next"/.exec(first.text) ?? []
    const second = await admin.get(next.replaceAll('&amp;', '&'))
    assert.equal(idsIn(second.text).length, 5)
    assert.equal(new Set([...idsIn(first.text), ...idsIn(second.text)]).size, 30)
    assert.ok((await admin.get(`/admin/users?q=${mark}&status=disabled`)).text.includes('No user matches'))
    const one = await admin.get(`/admin/users?q=${person.email}&role=admin`)
    assert.ok(one.text.includes(person.email) && one.text.includes('parts=yes'))
    const none = await admin.get(`/admin/users?q=${person.email}&role=guest`)
    assert.ok(none.text.includes('No user matches') && !none.text.includes('parts=yes'))
  })

  test('a wrong filter or cursor is an error page', async () => {
    const { admin } = await administratorOn(site)
    for (const query of ['status=strange', 'cursor=%25', 'q=a&q=b']) {
      assertPage(await admin.get(`/admin/users?${query}`), 400)
    }
    assertPage(await admin.get('/admin?period=1y'), 400)
    assertPage(await admin.get('/admin/audit?event=strange'), 400)
  })

  test('a user, a role and an event that do not exist are not found', async () => {
    const { admin, person } = await administratorOn(site)
    const paths = [
      '/admin/users/nobody',
      '/admin/users/nobody/disable',
      `/admin/users/${person.id}/roles/nothing/revoke`,
      `/admin/users/${person.id}/sessions/nothing/end`,
      '/admin/roles/nothing/delete',
      '/admin/audit/nothing',
    ]
    for (const path of paths) assertPage(await admin.get(path), 404)
  })

  test('a session of another user cannot be ended under the wrong user', async () => {
    const { admin, person } = await administratorOn(site)
    const other = await somebody(world())
    const visitor = site.browser()
    await signedInOnPage(visitor, other.email)
    const { text } = await admin.get(`/admin/users/${other.id}`)
    const [, sid = ''] = /sessions\/([\w-]{22})\/end/.exec(text) ?? []
    assertPage(await sendForm(admin, `/admin/users/${person.id}/sessions/${sid}/end`), 404)
    assert.equal((await visitor.get('/account')).status, 200)
  })
})
