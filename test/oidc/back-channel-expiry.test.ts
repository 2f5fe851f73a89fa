import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanApps } from '#src/apps/clean.ts'
import { extendGrant } from '#src/sessions/grants.sql.ts'
import { extendSession } from '#src/sessions/handles.sql.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { claimsIn, registerApp, tokensFor } from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { startLogoutReceiver } from '#test/support/logout-receiver.ts'
import { serveWithOutbox } from '#test/support/outbox-by-hand.ts'

onBothEngines('sign-ins that expire', (engine) => {
  test('an app is notified once when a session or an offline grant expires, and not before', async () => {
    const { url, world, clock, work } = await serveWithOutbox(engine)
    const receiver = await startLogoutReceiver()
    const app = await registerApp(world, { backchannelUri: receiver.uri })
    const client = clientAt(url)
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const bound = await tokensFor(browser, client, app)
    const offline = await tokensFor(browser, client, app, {
      scope: 'openid offline_access',
      prompt: 'consent',
    })
    const { refreshLifetimeMs } = world.settings
    const cleaned = async () => {
      await atOnce(5, () => cleanApps(world, 1))
      while ((await cleanApps(world, 1)) > 0);
      while ((await work()) > 0);
      return receiver.tokens.map((token) => claimsIn(token).sid)
    }
    assert.deepEqual(await cleaned(), [])
    clock.forward(refreshLifetimeMs - 60_000)
    await extendSession(world.db.query, {
      id: await sessionOf(world, claimsIn(bound.id_token)),
      ...{ now: clock.now(), lifetimeMs: refreshLifetimeMs },
    })
    await extendGrant(world.db.query, {
      id: String(claimsIn(bound.id_token).sid),
      ...{ now: clock.now(), lifetimeMs: refreshLifetimeMs },
    })
    clock.forward(120_000)
    assert.deepEqual(await cleaned(), [claimsIn(offline.id_token).sid])
    clock.forward(refreshLifetimeMs)
    const sids = [offline, bound].map(({ id_token }) => claimsIn(id_token).sid)
    assert.deepEqual(await cleaned(), sids)
    assert.deepEqual(await world.db.query(sql`select * from logout_notices`), [])
  })
})

async function sessionOf(world: World, { sid }: Record<string, unknown>): Promise<string> {
  const [row] = await world.db.query(sql`select session_id from grants where id = ${String(sid)}`)
  return String(row?.session_id)
}
