import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFirstAdmin, offerSetup, setupLinkLifetimeMs } from '#src/accounts/first-admin.ts'
import { byCli } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import { findByLogin } from '#src/users/find.ts'
import { browserAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { goodPassword, newEmail, personWithRoles } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

async function offeredOn(engine: Engine) {
  const { url, world } = await startServer(engine)
  const token = (await offerSetup(world)) ?? assert.fail('no link')
  return { browser: browserAt(url), world, token }
}

const fieldsOf = (token: string, email: string) => ({
  ...{ token, email, password: goodPassword, repeat_password: goodPassword },
})

onBothEngines('the link of the first administrator', (engine) => {
  test('the setup link creates the first administrator once, and continues to the console', async () => {
    const { browser, token, world } = await offeredOn(engine)
    const path = `/admin/setup?token=${token}`
    for (const _ of [1, 2]) assertPage(await browser.get(path), 200)
    const email = newEmail()
    assertPage(
      await sendForm(browser, '/admin/setup', { ...fieldsOf(token, email), repeat_password: '' }),
      400,
    )
    assertPage(await sendForm(browser, '/admin/setup', { ...fieldsOf(token, email), password: 'a' }), 400)
    assertLeads(await sendForm(browser, '/admin/setup', fieldsOf(token, email)), '/sign-in?next=%2Fadmin')
    assert.deepEqual((await findByLogin(world.db.query, email))?.roles, ['admin', 'default_user'])
    const signIn = { login: email, password: goodPassword, next: '/admin' }
    assertLeads(await sendForm(browser, '/sign-in', signIn), '/admin')
    assertPage(await browser.get('/admin'), 200)
    assertPage(await browser.get(path), 404)
    assertPage(await sendForm(browser, '/admin/setup', fieldsOf(token, newEmail())), 404)
    assert.equal(await offerSetup(world), undefined)
  })

  test('twenty concurrent uses of the setup link create one administrator', async () => {
    const { world, token } = await offeredOn(engine)
    const input = { token, password: goodPassword, address: '192.0.2.1', by: byCli }
    const people = Array.from({ length: 20 }, () => createFirstAdmin(world, { ...input, email: newEmail() }))
    const results = await Promise.allSettled(people)
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    const [row] = await world.db.query(sql`select count(*) as admins from user_roles where role = 'admin'`)
    assert.equal(row?.admins, 1)
  })
})

onBothEngines('a link of the first administrator that cannot be used', (engine) => {
  test('a setup link stops working when replaced, when expired, and with an administrator', async () => {
    const { browser, world, token } = await offeredOn(engine)
    const newer = (await offerSetup(world)) ?? assert.fail('no link')
    assertPage(await browser.get(`/admin/setup?token=${token}`), 404)
    assertPage(await browser.get(`/admin/setup?token=${newer}`), 200)
    for (const wrong of ['', 'x', `${newer}x`]) {
      assertPage(await browser.get(`/admin/setup?token=${wrong}`), 404)
    }
    const past = world.clock.now() - setupLinkLifetimeMs
    await world.db.query(sql`update setup_links set expires_at = ${past}`)
    assertPage(await sendForm(browser, '/admin/setup', fieldsOf(newer, newEmail())), 404)
    const last = (await offerSetup(world)) ?? assert.fail('no link')
    await personWithRoles(world, ['admin'])
    assertPage(await sendForm(browser, '/admin/setup', fieldsOf(last, newEmail())), 404)
  })

  test('a taken email does not use up the setup link, and the token is stored only as a hash', async () => {
    const { browser, world, token } = await offeredOn(engine)
    const { email } = await personWithRoles(world, ['default_user'])
    assertPage(await sendForm(browser, '/admin/setup', fieldsOf(token, email)), 409)
    assertPage(await browser.get(`/admin/setup?token=${token}`), 200)
    const rows = await world.db.query(sql`select * from setup_links`)
    assert.ok(!JSON.stringify(rows).includes(token))
  })
})
