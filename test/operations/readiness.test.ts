import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readiness } from '#src/operations/readiness.ts'
import type { Db } from '#src/store/db.ts'
import { DatabaseAway } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { ending } from '#src/world/ending.ts'
import type { World } from '#src/world/world.ts'
import { atOnce } from '#test/support/at-once.ts'
import { capturedLog } from '#test/support/captured-log.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { startServer } from '#test/support/server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld, serveTestWorld } from '#test/support/test-world.ts'

async function notOk(world: World): Promise<string[]> {
  return (await readiness(world)).filter(({ ok }) => !ok).map(({ name }) => name)
}

onBothEngines('readiness', (engine) => {
  test('a working server passes all six readiness checks', async () => {
    const { url } = await startServer(engine)
    for (const path of ['/readyz', '/api/v1/healthcheck']) {
      const { status, text } = await clientAt(url).get(path)
      const { checks } = JSON.parse(text) as { checks: { name: string; ok: boolean }[] }
      assert.deepEqual([status, checks.length, checks.every(({ ok }) => ok)], [200, 6, true])
    }
  })

  test('readiness reports a database that cannot be written', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const away = () => Promise.reject(new DatabaseAway('The disk is full.'))
    const db: Db = { ...world.db, query: away, transaction: away }
    assert.deepEqual(await notOk({ ...world, db }), ['database_writable', 'migrated', 'revocations_known'])
  })

  test('readiness fails within seconds while the database hangs', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    const hang = () => new Promise<never>(() => {})
    const answer = notOk({ ...world, db: { ...world.db, query: hang, transaction: hang } })
    // The two checks that query the database have a timeout each.
    while (true) {
      clock.forward(2000)
      const failing = await Promise.race([
        answer,
        new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))),
      ])
      if (failing === undefined) continue
      assert.deepEqual(failing, ['database_writable', 'migrated', 'revocations_known'])
      break
    }
  })
})

onBothEngines('readiness and the clock of the database', (engine) => {
  test('readiness fails with a line in the log if the clock is behind moments in the database', async () => {
    const { log, lines } = capturedLog()
    const world = await openTestWorld(engine, { clock: testClock(), log })
    const later = world.clock.now() + 3_600_000
    await world.db.query(sql`update schema_migrations set applied_at = ${later}`)
    assert.deepEqual(await notOk(world), ['clock_sane'])
    assert.match(String(lines.find(({ level }) => level === 'warn')?.msg), /behind moments in the database/)
  })

  test('readiness fails if the clock differs from the clock of PostgreSQL by over a minute', async () => {
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

onBothEngines('each readiness check', (engine) => {
  test('readiness fails with a missing migration, but not while a newer release rolls out', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    const [last] = await world.db.query(sql`select max(id) as id from schema_migrations`)
    await world.db.query(sql`delete from schema_migrations where id = ${String(last?.id)}`)
    assert.deepEqual(await notOk(world), ['migrated'])
    await world.db.query(sql`insert into schema_migrations (id, applied_at) values ('9999-later', 1)`)
    clock.forward(1000)
    assert.deepEqual(await notOk(world), [])
  })

  test('readiness fails if the clock is behind moments in the database', async () => {
    const now = testClock()
    const world = await openTestWorld(engine, { clock: { ...now, now: () => now.now() - 3_600_000 } })
    assert.ok((await notOk(world)).includes('clock_sane'))
  })

  test('readiness fails without a signing key', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const signingKey = () => assert.fail('There is no signing key in use.')
    assert.deepEqual(await notOk({ ...world, keys: { ...world.keys, signingKey } }), ['keys_loaded'])
  })

  test('readiness queries the database at most once a second', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    let queries = 0
    const query: Db['query'] = (statement) => {
      if ('strings' in statement && /^update key_ring/.test(statement.strings[0] ?? '')) queries++
      return world.db.query(statement)
    }
    const counting = { ...world, db: { ...world.db, query } }
    await atOnce(20, () => readiness(counting))
    assert.equal(queries, 1)
    clock.forward(1000)
    await readiness(counting)
    assert.equal(queries, 2)
  })

  test('a draining server answers GET /readyz with draining and all checks', async () => {
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
