import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { bySystem } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { maxPerSegment, sealEvents } from '#src/audit/seal-events.ts'
import { sealForEver } from '#src/audit/seal-for-ever.ts'
import { sealerState } from '#src/audit/segments.sql.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { record } from '#test/audit/recorded.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const leaseMs = 2000

async function placesOf({ db }: World): Promise<{ seq: number; id: string }[]> {
  const rows = await db.query(sql`select seq, target_id from audit_events where seq is not null order by seq`)
  return rows.map(({ seq, target_id: id }) => ({ seq: Number(seq), id: String(id) }))
}

async function eventsVerified(world: World): Promise<number | string> {
  const verdict = await verifyAudit(world)
  return verdict.kind === 'whole' ? verdict.events : `${verdict.seq}: ${verdict.why}`
}

/** Lets work that waits only for the database continue until a condition holds. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await soon()
}

onBothEngines('sealing audit events', (engine) => {
  test('twenty sealers at once seal every event exactly once while others record more', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    await atOnce(40, async (index) => {
      if (index % 2 === 0) await record(world, `user ${index}`)
      else await sealEvents(world, `sealer ${index}`)
    })
    const { lease } = await sealerState(world.db.query)
    await sealEvents(world, lease.owner || 'the last')
    assert.equal(await eventsVerified(world), 20)
    assert.equal(new Set((await placesOf(world)).map(({ id }) => id)).size, 20)
  })

  test('two sealers whose clocks disagree about the lease do not fork the chain', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    const ahead: World = { ...world, clock: { ...clock, now: () => clock.now() + 10 * leaseMs } }
    for (let round = 0; round < 5; round++) {
      await record(world, `user ${round}`)
      await Promise.all([sealEvents(world, 'one'), sealEvents(ahead, 'other')])
    }
    await sealEvents(ahead, 'other')
    assert.equal(await eventsVerified(world), 5)
  })

  test('a sealer leaves the work to the holder of the lease, and takes over when it expires', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    await record(world, 'a')
    assert.equal(await sealEvents(world, 'first'), 1)
    await record(world, 'b')
    assert.equal(await sealEvents(world, 'second'), 0)
    clock.forward(leaseMs - 1)
    assert.equal(await sealEvents(world, 'second'), 0)
    clock.forward(1)
    assert.equal(await sealEvents(world, 'second'), 1)
    assert.equal(await eventsVerified(world), 2)
  })

  test('a sealer that fails halfway leaves all events to the next one', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    for (const id of ['a', 'b', 'c']) await record(world, id)
    const failing: World['db'] = {
      ...world.db,
      transaction: (work) =>
        world.db.transaction(async (query) => {
          await work(query)
          throw new Error('killed before the commit')
        }),
    }
    await assert.rejects(sealEvents({ ...world, db: failing }, 'first'), /killed/)
    assert.deepEqual(await placesOf(world), [])
    assert.equal(await sealEvents(world, 'second'), 3)
    assert.equal(await eventsVerified(world), 3)
  })
})

onBothEngines('the order of sealed events', (engine) => {
  test('an event committed late, after a newer one was sealed, is sealed next', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    let commit = () => {}
    const held = new Promise<void>((resolve) => {
      commit = resolve
    })
    const target = { kind: 'user', id: 'slow' } as const
    // SQLite has one writer: there, the slow transaction is rolled back and retried.
    const slow = engine.dialect === 'postgres' && recordSlowly()
    async function recordSlowly() {
      await world.db.transaction(async (query) => {
        await recordEvent(query, world, { event: 'user.enabled', by: bySystem, target, details: {} })
        await held
      })
    }
    if (slow) await until(async () => (await holders(world)) > 0)
    await record(world, 'quick')
    assert.equal(await sealEvents(world, 'one'), 1)
    commit()
    await (slow || recordSlowly())
    assert.equal(await sealEvents(world, 'one'), 1)
    assert.deepEqual(await placesOf(world), [
      { seq: 1, id: 'quick' },
      { seq: 2, id: 'slow' },
    ])
    assert.equal(await eventsVerified(world), 2)
  })

  test('events of one transaction keep their order, in as many segments as they need', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const count = maxPerSegment + 10
    await world.db.transaction(async (query) => {
      for (let index = 0; index < count; index++) {
        const target = { kind: 'user', id: `${index}` } as const
        await recordEvent(query, world, { event: 'user.enabled', by: bySystem, target, details: {} })
      }
    })
    assert.equal(await sealEvents(world, 'one'), maxPerSegment)
    assert.equal(await sealEvents(world, 'one'), 10)
    const places = await placesOf(world)
    assert.ok(places.every(({ seq, id }) => seq === Number(id) + 1))
    assert.equal(await eventsVerified(world), count)
  })
})

onBothEngines('the sealer of a running server', (engine) => {
  test('the sealer runs a tenth of a second after an event, and writes nothing while idle', async () => {
    const clock = testClock()
    const opened = await openTestWorld(engine, { clock })
    let reads = 0
    let writes = 0
    const db: World['db'] = {
      ...opened.db,
      query: (statement) => {
        reads += 1
        return opened.db.query(statement)
      },
      transaction: (work) => {
        writes += 1
        return opened.db.transaction(work)
      },
    }
    const world: World = { ...opened, db }
    const sealing = sealForEver(world)
    await until(async () => reads === 1)
    for (let look = 0; look < 50; look++) await soon()
    assert.deepEqual({ reads, writes }, { reads: 1, writes: 0 })
    await record(opened, 'a')
    for (let look = 0; look < 50; look++) await soon()
    assert.equal((await placesOf(opened)).length, 0)
    clock.forward(100)
    await until(async () => (await placesOf(opened)).length === 1)
    assert.equal(writes, 1)
    await sealing.stop()
  })

  test('the sealer seals the remaining events when the server stops, and releases its lease', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    const sealing = sealForEver(world)
    await record(world, 'a')
    await sealing.stop()
    assert.equal(await eventsVerified(world), 1)
    assert.deepEqual((await sealerState(world.db.query)).lease.until, 0)
    await record(world, 'b')
    assert.equal(await sealEvents(world, 'another'), 1)
  })
})

/** How many transactions share the lock of the instance. */
async function holders({ db }: World): Promise<number> {
  const [row] = await db.query(sql`select count(*) as count from pg_locks
    where relation = 'instance'::regclass and mode = 'RowShareLock'`)
  return Number(row?.count)
}
