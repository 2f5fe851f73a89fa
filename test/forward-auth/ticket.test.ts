import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantRole } from '#src/accounts/grant-role.ts'
import { byCli } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import {
  appHostAt,
  navigation,
  registerSite,
  serverWithHosts,
  signInAt,
  trusting,
} from '#test/support/app-host.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { foreignKey, partsOf, signedWith } from '#test/support/forging.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { isAccepted } from '#test/support/people.ts'
import { numbersAt } from '#test/support/prometheus.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

onBothEngines('a ticket', (engine) => {
  const { admitted, signedIn } = serverWithHosts(engine)

  test('a ticket opens one app, and nothing else', async () => {
    const { url, world, at } = await admitted()
    const ticket = at.ticket()
    const other = await registerSite(world)
    const headers = { cookie: `__Host-sigil_ticket=${ticket}` }
    assert.equal((await appHostAt(url, at.host).ask('/', { headers })).status, 204)
    assert.equal((await appHostAt(url, other.host).ask('/', { headers })).status, 401)
    const client = clientAt(url)
    assert.equal(await isAccepted(client, ticket), false)
    assert.equal((await client.get('/oauth/userinfo', { bearer: ticket })).status, 401)
    const asOurs = { cookie: `access_token=${ticket}; session=${ticket}; sigil_ticket=${ticket}` }
    assert.equal((await client.get('/api/v1/me', { headers: asOurs })).status, 401)
    assert.equal((await client.get('/account', { headers: asOurs })).status, 303)
  })

  test('no other token passes for a ticket, and neither does a forged one', async () => {
    const { url, at, browser } = await admitted()
    const { header, claims, signature } = partsOf(at.ticket())
    const { privateKey } = foreignKey()
    const forged = [
      browser.jar.valueOf('access_token'),
      browser.jar.valueOf('session'),
      signedWith(privateKey, header, claims),
      signedWith(privateKey, { ...header, typ: 'at+jwt' }, claims),
      `${at.ticket().slice(0, -signature.length)}${signature.slice(0, -4)}AAAA`,
      `${at.ticket()}x`,
      'x',
    ]
    for (const value of forged) {
      const cookie = `__Host-sigil_ticket=${value}`
      assert.equal((await appHostAt(url, at.host).ask('/', { headers: { cookie } })).status, 401, value)
    }
    // One of the two may have been planted by a sibling of the host.
    const twice = `__Host-sigil_ticket=${at.ticket()}; __Host-sigil_ticket=x`
    const plain = `sigil_ticket=${at.ticket()}`
    for (const cookie of [twice, plain]) {
      assert.equal((await appHostAt(url, at.host).ask('/', { headers: { cookie } })).status, 401)
    }
  })

  test('a ticket that is good costs no statement of SQL', async () => {
    const { url, at } = await admitted()
    const statements = (numbers: Awaited<ReturnType<typeof numbersAt>>) =>
      [...(numbers.families.get('sigil_database_seconds')?.samples ?? [])]
        .filter(({ name }) => name.endsWith('_count'))
        .reduce((sum, { value }) => sum + value, 0)
    const before = await numbersAt(url)
    for (let round = 0; round < 50; round++) assert.equal((await at.ask('/page')).status, 204)
    const after = await numbersAt(url)
    const name = 'sigil_tickets_from_memory_total'
    assert.equal(after.of(name) - before.of(name), 50)
    // Whatever the server does beside it.
    assert.ok(statements(after) - statements(before) < 25)
  })

  test('one session has one grant for an app, however often the browser comes back', async () => {
    const { url, host, browser, world } = await signedIn()
    for (let visit = 0; visit < 5; visit++) await signInAt(appHostAt(url, host), browser)
    const { body: me } = await browser.get('/api/v1/me')
    const rows = await world.db.query(sql`select id from grants where user_id = ${me.id}`)
    assert.equal(rows.length, 1)
  })
})

onBothEngines('a ticket that has expired', (engine) => {
  async function expired() {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock, env: trusting })
    const { host, app } = await registerSite(world, { rules: { '/admin': 'roles:admin' } })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const at = appHostAt(url, host)
    await signInAt(at, browser)
    const old = { cookie: at.client.jar.headerFor('/') ?? '' }
    clock.forward(16 * 60_000)
    return { url, world, clock, at, old, app, browser }
  }

  test('the answer renews it, for a POST too, and twenty at once each get one', async () => {
    const { url, at, old } = await expired()
    const twenty = await atOnce(20, () => appHostAt(url, at.host).ask('/', { method: 'POST', headers: old }))
    for (const { status, cookies } of twenty) {
      assert.equal(status, 204)
      assert.match(
        cookies.join(),
        /^__Host-sigil_ticket=[^;]{100,}; Path=\/; Max-Age=\d{6,}; HttpOnly; Secure/,
      )
    }
    assert.deepEqual([(await at.ask('/')).status, (await at.ask('/')).cookies.length], [204, 0])
  })

  test('a new role holds at once, although the ticket of before was revoked', async () => {
    const { world, at } = await expired()
    const rejected = await at.ask('/admin')
    assert.deepEqual([rejected.status, rejected.cookies.length], [403, 1])
    const { status, cookies, headers } = await at.ask('/')
    assert.deepEqual([status, cookies], [204, []])
    const userId = String(headers['x-auth-user-id'])
    const { propagated } = await grantRole(world, { userId, role: 'admin', by: byCli })
    await propagated
    const renewed = await at.ask('/admin')
    assert.equal(renewed.status, 204)
    assert.equal(renewed.headers['x-auth-roles'], 'admin,default_user')
    assert.equal(renewed.cookies.length, 1)
  })

  test('nothing is renewed after a sign-out, nor past the end of the session', async () => {
    const { url, clock, at, old, browser } = await expired()
    const other = await expired()
    await sendForm(browser, '/sign-out')
    const signedOut = await appHostAt(url, at.host).ask('/', { headers: { ...old, ...navigation } })
    assert.equal(signedOut.status, 302)
    assert.deepEqual(signedOut.cookies, [])
    clock.forward(1)
    other.clock.forward(15 * 24 * 60 * 60_000)
    assert.equal((await other.at.ask('/', { headers: other.old })).status, 401)
  })

  test('a session in use does not end', async () => {
    const { clock, at } = await expired()
    for (let day = 0; day < 30; day++) {
      clock.forward(24 * 60 * 60_000)
      assert.equal((await at.ask('/')).status, 204, `day ${day}`)
    }
  })
})
