import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantRole } from '#src/accounts/grant-role.ts'
import { byCli } from '#src/audit/by.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { cleanRevocations } from '#src/revocations/log/clean.ts'
import { appHostAt, navigation, registerSite, signInAt, trusting } from '#test/support/app-host.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

/** A browser whose ticket has expired, while its session lives. */
async function expired(engine: Engine) {
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

onBothEngines('a ticket that has expired', (engine) => {
  test('an expired ticket is renewed, even for a POST, and for each of twenty requests at once', async () => {
    const { url, at, old } = await expired(engine)
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

  test('a new role takes effect at once, although the previous ticket was revoked', async () => {
    const { world, at } = await expired(engine)
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

  test('tickets are not renewed after a sign-out, or after the end of the session', async () => {
    const { url, world, clock, at, old, browser } = await expired(engine)
    const other = await expired(engine)
    await sendForm(browser, '/sign-out')
    const signedOut = await appHostAt(url, at.host).ask('/', { headers: { ...old, ...navigation } })
    assert.equal(signedOut.status, 302)
    assert.deepEqual(signedOut.cookies, [])
    // The log does not keep entries that long: the database decides.
    clock.forward(2 * 60 * 60_000)
    await cleanRevocations(world, 500)
    await revocationNode(world).renew()
    assert.equal((await appHostAt(url, at.host).ask('/', { headers: old })).status, 401)
    other.clock.forward(15 * 24 * 60 * 60_000)
    assert.equal((await other.at.ask('/', { headers: other.old })).status, 401)
  })

  test('a session that an app uses does not expire', async () => {
    const { clock, at } = await expired(engine)
    for (let day = 0; day < 30; day++) {
      clock.forward(24 * 60 * 60_000)
      assert.equal((await at.ask('/')).status, 204, `day ${day}`)
    }
  })
})
