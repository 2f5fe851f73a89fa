import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '#src/platform/clock.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
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
const sessionOne = { kind: 'session', ids: ['one'] } as const

/** Revokes in one world, dated by the given clock. */
async function revokeOne(world: World, clock: Clock = world.clock): Promise<void> {
  const { propagated } = await commitRevoking(world, async (query) => {
    return { outcome: undefined, revoked: await revoke(query, { ...world, clock }, sessionOne) }
  })
  await propagated
}

async function logged(world: World): Promise<string[]> {
  return (await revocationsNext(world.db.query, { after: 0, max: 100 })).map(({ id }) => id)
}

function isKnown(world: World): boolean {
  return revocationNode(world).log.revokedIds.has('one')
}

onBothEngines('cleaning the revocation log', (engine) => {
  test('a revocation is dropped as soon as no token can outlive it, and not earlier', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    await revokeOne(world)
    clock.forward(64 * minuteMs + 30_000)
    assert.equal(await cleanRevocations(world, 10), 0)
    assert.deepEqual([await logged(world), isKnown(world)], [['one'], true])
    clock.forward(90_000)
    assert.equal(await cleanRevocations(world, 10), 1)
    assert.deepEqual([await logged(world), isKnown(world)], [[], false])
  })

  test('no revocation is dropped for an hour after a step of the wall clock', async () => {
    const real = testClock()
    let stepMs = 0
    const clock: Clock = { ...real, now: () => real.now() + stepMs }
    const world = await openTestWorld(engine, { clock })
    await revokeOne(world)
    real.forward(50 * minuteMs)
    stepMs = 3 * 60 * minuteMs
    assert.equal(await cleanRevocations(world, 10), 0)
    real.forward(59 * minuteMs)
    assert.equal(await cleanRevocations(world, 10), 0)
    assert.deepEqual([await logged(world), isKnown(world)], [['one'], true])
  })

  test('the log is not cleaned by a clock that is off the clock of the database server', async () => {
    const real = testClock()
    const ahead: Clock = { ...real, now: () => real.now() + 3 * 60 * minuteMs }
    const world = await openTestWorld(engine, { clock: ahead })
    await revokeOne(world, real)
    await cleanRevocations(world, 10)
    real.forward(61 * minuteMs)
    await cleanRevocations(world, 10)
    assert.deepEqual(await logged(world), engine.dialect === 'sqlite' ? [] : ['one'])
  })
})

test('a revocation dated by a slow clock is kept in memory as long as any other', () => {
  const clock = testClock()
  const revokedIds = new RevokedIds(clock)
  clock.forward(61 * minuteMs)
  revokedIds.add([{ seq: 1, id: 'one', expiresAt: clock.now() - 1 }])
  assert.equal(revokedIds.drop(), true)
  assert.equal(revokedIds.has('one'), true)
  clock.forward(65 * minuteMs)
  revokedIds.drop()
  assert.equal(revokedIds.has('one'), false)
})
