import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readiness } from '#src/operations/readiness.ts'
import type { Db } from '#src/store/db.ts'
import { DatabaseAway } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { ending } from '#src/world/ending.ts'
import type { World } from '#src/world/world.ts'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { startServer } from '#test/support/server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld, serveTestWorld } from '#test/support/test-world.ts'

async function notOk(world: World): Promise<string[]> {
  return (await readiness(world)).filter(({ ok }) => !ok).map(({ name }) => name)
}

onBothEngines('readiness', (engine) => {
  test('is complete in a server that works', async () => {
    const { url } = await startServer(engine)
    for (const path of ['/readyz', '/api/v1/healthcheck']) {
      const { status, text } = await clientAt(url).get(path)
      const { checks } = JSON.parse(text) as { checks: { name: string; ok: boolean }[] }
      assert.deepEqual([status, checks.length, checks.every(({ ok }) => ok)], [200, 6, true])
    }
  })

  test('fails where the database cannot be written, and says so by name', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const away = () => Promise.reject(new DatabaseAway('The disk is full.'))
    const db: Db = { ...world.db, query: away, transaction: away }
    assert.deepEqual(await notOk({ ...world, db }), ['database_writable', 'migrated', 'revocations_known'])
  })

  test('fails where the database hangs, and does not hang with it', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    const hang = () => new Promise<never>(() => {})
    const answer = notOk({ ...world, db: { ...world.db, query: hang, transaction: hang } })
    // Each of the two that ask the database gives up on its own.
    while (true) {
      clock.forward(2000)
      const told = await Promise.race([
        answer,
        new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))),
      ])
      if (told === undefined) continue
      assert.deepEqual(told, ['database_writable', 'migrated', 'revocations_known'])
      break
    }
  })
})

onBothEngines('readiness beside another clock', (engine) => {
  test('fails where the wall clock is over a minute from that of the database server', async () => {
    for (const [aheadMs, isSane] of [
      [45_000, true],
      [70_000, engine.dialect === 'sqlite'],
      [-70_000, engine.dialect === 'sqlite'],
    ] as const) {
      const now = testClock()
      const world = await openTestWorld(engine, { clock: { ...now, now: () => now.now() + aheadMs } })
      assert.deepEqual(await notOk(world), isSane ? [] : ['clock_sane'])
    }
  })
})

onBothEngines('readiness to the letter', (engine) => {
  test('fails where a migration is missing, and not where a newer release has begun', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    const [last] = await world.db.query(sql`select max(id) as id from schema_migrations`)
    await world.db.query(sql`delete from schema_migrations where id = ${String(last?.id)}`)
    assert.deepEqual(await notOk(world), ['migrated'])
    await world.db.query(sql`insert into schema_migrations (id, applied_at) values ('9999-later', 1)`)
    clock.forward(1000)
    assert.deepEqual(await notOk(world), [])
  })

  test('fails where the wall clock stands before what has happened', async () => {
    const now = testClock()
    const world = await openTestWorld(engine, { clock: { ...now, now: () => now.now() - 3_600_000 } })
    assert.ok((await notOk(world)).includes('clock_sane'))
  })

  test('fails where there is no key in use', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const signingKey = () => assert.fail('There is no signing key in use.')
    assert.deepEqual(await notOk({ ...world, keys: { ...world.keys, signingKey } }), ['keys_loaded'])
  })

  test('asks the database once a second at most, however many ask', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    let asked = 0
    const query: Db['query'] = (statement) => {
      if ('strings' in statement && /^update key_ring/.test(statement.strings[0] ?? '')) asked++
      return world.db.query(statement)
    }
    const counting = { ...world, db: { ...world.db, query } }
    await atOnce(20, () => readiness(counting))
    assert.equal(asked, 1)
    clock.forward(1000)
    await readiness(counting)
    assert.equal(asked, 2)
  })

  test('is refused by a server that ends, with the code that says why and what else holds', async () => {
    const { url, world } = await serveTestWorld(engine, { clock: testClock() })
    ending(world).abort()
    const { status, headers, text } = await clientAt(url).get('/readyz')
    const { code, checks } = JSON.parse(text) as { code: string; checks: { name: string; ok: boolean }[] }
    assert.deepEqual([status, code, headers['retry-after']], [503, 'draining', '1'])
    assert.deepEqual(
      checks.filter(({ ok }) => !ok),
      [{ name: 'not_draining', ok: false }],
    )
  })
})
