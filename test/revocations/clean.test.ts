import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '#src/platform/clock.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { cleanRevocations } from '#src/revocations/log/clean.ts'
import { revocationsNext } from '#src/revocations/log/revocations.sql.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import { RevokedIds } from '#src/revocations/log/revoked-ids.ts'
import type { World } from '#src/world/world.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const minuteMs = 60_000

async function revoked(world: World, id: string): Promise<void> {
  const dead = { kind: 'session', ids: [id] } as const
  revocationNode(world).apply(await world.db.transaction((query) => revoke(query, world, dead)))
}

async function logged(world: World): Promise<string[]> {
  return (await revocationsNext(world.db.query, { after: 0, most: 100 })).map(({ id }) => id)
}

onBothEngines('cleaning the log of revocations', (engine) => {
  test('drops what no token can outlive, and not a minute sooner', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    await revoked(world, 'one')
    clock.forward(64 * minuteMs + 30_000)
    assert.equal(await cleanRevocations(world, 10), 0)
    assert.deepEqual([await logged(world), revocationNode(world).dead.has('one')], [['one'], true])
    clock.forward(90_000)
    assert.equal(await cleanRevocations(world, 10), 1)
    assert.deepEqual([await logged(world), revocationNode(world).dead.has('one')], [[], false])
  })

  test('drops nothing for an hour after the wall clock was set', async () => {
    const real = testClock()
    let stepMs = 0
    const clock: Clock = { ...real, now: () => real.now() + stepMs }
    const world = await openTestWorld(engine, { clock })
    await revoked(world, 'one')
    real.forward(50 * minuteMs)
    stepMs = 3 * 60 * minuteMs
    assert.equal(await cleanRevocations(world, 10), 0)
    real.forward(59 * minuteMs)
    assert.equal(await cleanRevocations(world, 10), 0)
    assert.deepEqual([await logged(world), revocationNode(world).dead.has('one')], [['one'], true])
  })

  test('takes nothing out of a log whose database server has another clock', async () => {
    const real = testClock()
    const ahead: Clock = { ...real, now: () => real.now() + 3 * 60 * minuteMs }
    const world = await openTestWorld(engine, { clock: ahead })
    const dead = { kind: 'session', ids: ['one'] } as const
    await world.db.transaction((query) => revoke(query, { ...world, clock: real }, dead))
    await cleanRevocations(world, 10)
    real.forward(61 * minuteMs)
    await cleanRevocations(world, 10)
    assert.deepEqual(await logged(world), engine.dialect === 'sqlite' ? [] : ['one'])
  })
})

test('what somebody with a slow clock revoked is kept as long as anything', () => {
  const clock = testClock()
  const dead = new RevokedIds(clock)
  clock.forward(61 * minuteMs)
  dead.add([{ seq: 1, id: 'one', expiresAt: clock.now() - 1 }])
  assert.equal(dead.drop(), true)
  assert.equal(dead.has('one'), true)
  clock.forward(65 * minuteMs)
  dead.drop()
  assert.equal(dead.has('one'), false)
})
