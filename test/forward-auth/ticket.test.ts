import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { appHostAt, registerSite, serverWithHosts, signInAt } from '#test/support/app-host.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { foreignKey, partsOf, signedWith } from '#test/support/forging.ts'
import { isAccepted } from '#test/support/people.ts'
import { numbersAt } from '#test/support/prometheus.ts'

onBothEngines('a ticket', (engine) => {
  const { admitted } = serverWithHosts(engine)

  test('a ticket gives access to one app, and nothing else', async () => {
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

  test('other tokens and forged tickets are rejected', async () => {
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
    // One of the two may have been planted by a sibling domain.
    const twice = `__Host-sigil_ticket=${at.ticket()}; __Host-sigil_ticket=x`
    const plain = `sigil_ticket=${at.ticket()}`
    for (const cookie of [twice, plain]) {
      assert.equal((await appHostAt(url, at.host).ask('/', { headers: { cookie } })).status, 401)
    }
  })
})

onBothEngines('the cost of tickets', (engine) => {
  const { admitted, signedIn } = serverWithHosts(engine)

  test('a valid ticket costs no SQL statement', async () => {
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
    // Regardless of other work of the server.
    assert.ok(statements(after) - statements(before) < 25)
  })

  test('one session has one grant for an app, no matter how often the browser returns', async () => {
    const { url, host, browser, world } = await signedIn()
    for (let visit = 0; visit < 5; visit++) await signInAt(appHostAt(url, host), browser)
    const { body: me } = await browser.get('/api/v1/me')
    const rows = await world.db.query(sql`select id from grants where user_id = ${me.id}`)
    assert.equal(rows.length, 1)
  })
})
