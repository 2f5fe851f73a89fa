import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanLimits } from '#src/limits/clean.ts'
import { count, uncount } from '#src/limits/count.ts'
import { afterOneMore, type Policy } from '#src/limits/limit.ts'
import { sql } from '#src/store/sql.ts'
import { isRead } from '#src/store/statement.ts'
import type { World } from '#src/world/world.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const policy: Policy = { name: 'five', quota: 5, windowMs: 50_000, keptIn: 'database' }
const inMemory: Policy = { ...policy, keptIn: 'memory' }
const env = { SIGIL_RATE_LIMITS: 'on' }

async function through(worlds: readonly World[], attempts: number, of = 'somebody', by = policy) {
  const counted = await Promise.all(
    worlds.flatMap((world) => Array.from({ length: attempts }, () => count(world, { policy: by, of }))),
  )
  return counted.filter(({ kind }) => kind === 'counted').length
}

/** The same world, counting statements that write. */
function watched(world: World): { world: World; writes: () => number } {
  let writes = 0
  const query: World['db']['query'] = (statement) => {
    if (!('strings' in statement) || !isRead(statement)) writes++
    return world.db.query(statement)
  }
  return { world: { ...world, db: { ...world.db, query } }, writes: () => writes }
}

onBothEngines('counted attempts', (engine) => {
  test('of fifty concurrent attempts only as many pass as the limit allows, and more over time', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock, env })
    assert.equal(await through([world], 50), 5)
    assert.equal(await through([world], 50, 'somebody else'), 5)
    clock.forward(9_999)
    assert.equal(await through([world], 50), 0)
    clock.forward(1)
    assert.equal(await through([world], 50), 1)
    clock.forward(500_000)
    assert.equal(await through([world], 50), 5)
  })

  test('a rejected attempt returns when to retry', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock, env })
    await through([world], 5)
    clock.forward(4000)
    const expected = { kind: 'rejected', retryInMs: 6000, isNews: true }
    assert.deepEqual(await count(world, { policy, of: 'somebody' }), expected)
    clock.forward(1000)
    assert.deepEqual(await count(world, { policy, of: 'somebody' }), {
      ...expected,
      retryInMs: 5000,
      isNews: false,
    })
  })

  test('counts survive a restart', async () => {
    const clock = testClock()
    const place = await engine.freshPlace()
    const here = { ...engine, freshPlace: async () => place }
    const before = await openTestWorld(here, { clock, env })
    assert.equal(await through([before], 3), 3)
    await before.db.close()
    const restarted = await openTestWorld(here, { clock, env })
    assert.equal(await through([restarted], 50), 2)
  })

  test('two nodes on one database share counts', async () => {
    const clock = testClock()
    const place = await engine.freshPlace()
    const here = { ...engine, freshPlace: async () => place }
    const one = await openTestWorld(here, { clock, env })
    // The embedded database has one process: there the second node is another world on the same database.
    const other = engine.dialect === 'sqlite' ? { ...one } : await openTestWorld(here, { clock, env })
    assert.equal(await through([one, other], 50), 5)
  })
})

onBothEngines('writes of counts', (engine) => {
  test('beyond the limit nothing is written until an attempt is left again', async () => {
    const clock = testClock()
    const { world, writes } = watched(await openTestWorld(engine, { clock, env }))
    await through([world], 5)
    assert.equal(await through([world], 1), 0)
    const written = writes()
    assert.equal(await through([world], 200), 0)
    assert.equal(writes(), written)
    clock.forward(10_000)
    assert.equal(await through([world], 1), 1)
    assert.equal(writes(), written + 1)
  })

  test('a returned attempt can be used again', async () => {
    const world = await openTestWorld(engine, { clock: testClock(), env })
    await through([world], 50)
    await uncount(world, { policy, of: 'somebody' })
    await uncount(world, { policy, of: 'somebody new' })
    assert.equal(await through([world], 50), 1)
    assert.equal(await through([world], 50, 'somebody new'), 5)
  })

  test('limits of load are counted in memory and never written', async () => {
    const clock = testClock()
    const { world, writes } = watched(await openTestWorld(engine, { clock, env }))
    assert.equal(await through([world], 50, 'somebody', inMemory), 5)
    clock.forward(10_000)
    assert.equal(await through([world], 50, 'somebody', inMemory), 1)
    assert.equal(writes(), 0)
  })

  test('nothing is counted when limits are off', async () => {
    const { world, writes } = watched(await openTestWorld(engine, { clock: testClock() }))
    assert.equal(await through([world], 50), 50)
    await uncount(world, { policy, of: 'somebody' })
    assert.equal(writes(), 0)
  })
})

onBothEngines('the table of counts', (engine) => {
  test('the SQL statement and the model agree, even after the clock was set back', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock, env })
    let fullAt: number | undefined
    for (const step of [0, 0, 3000, 0, 0, 0, 9000, -60_000, 0, 70_000, -500_000, 0, 0, 0, 0, 0, 0]) {
      clock.forward(step)
      // A new world each time, so that memory does not decide.
      const counted = await count({ ...world }, { policy, of: 'somebody' })
      const next = afterOneMore(policy, fullAt, clock.now())
      assert.equal(counted.kind, next === undefined ? 'rejected' : 'counted')
      fullAt = next ?? fullAt
    }
  })

  test('the table of counts contains no login and no IP address', async () => {
    const world = await openTestWorld(engine, { clock: testClock(), env })
    await count(world, { policy, of: 'ada@example.org' })
    const rows = await world.db.query(sql`select * from limits`)
    assert.equal(rows.length, 1)
    assert.ok(!JSON.stringify(rows).includes('ada'))
  })

  test('only full buckets are deleted, in batches', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock, env })
    for (const one of ['a', 'b', 'c']) await count(world, { policy, of: one })
    clock.forward(10_001)
    await through([world], 5, 'd')
    const cleaned = [await cleanLimits(world, 2), await cleanLimits(world, 2), await cleanLimits(world, 2)]
    assert.deepEqual(cleaned, [2, 1, 0])
    assert.equal(await through([world], 50, 'd'), 0)
  })
})
