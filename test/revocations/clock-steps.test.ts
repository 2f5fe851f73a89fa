import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import type { Clock } from '#src/platform/clock.ts'
import { cleanRevocations } from '#src/revocations/log/clean.ts'
import { mintedUntil } from '#src/revocations/log/minted-until.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { sql } from '#src/store/sql.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import { prepareMint } from '#src/tokens/mint.ts'
import type { World } from '#src/world/world.ts'
import { isOfClock } from '#test/support/database-clock.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { pairOf, personWithRoles } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld, serveTestWorld } from '#test/support/test-world.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** A clock whose wall time can step, while both readings advance. */
function steppingClock() {
  const real = testClock()
  let stepMs = 0
  const clock: Clock = { ...real, now: () => real.now() + stepMs }
  return {
    clock,
    forward: real.forward,
    step(ms: number) {
      stepMs = ms
    },
  }
}

/** With a database server on the same machine, whose clock steps too. */
function besideDatabase(world: World): World {
  const query: World['db']['query'] = async (statement) => {
    return isOfClock(statement) ? [{ now: world.clock.now() }] : world.db.query(statement)
  }
  return { ...world, db: { ...world.db, query } }
}

async function arrive(world: World) {
  const person = await personWithRoles(world, ['default_user'])
  return { userId: person.id, accessToken: (await pairOf(world, person)).accessToken }
}

async function logOut(world: World, userId: string): Promise<void> {
  const { propagated } = await logOutEverywhere(world, { userId, reason: 'logout_all', by: bySystem })
  assert.equal((await propagated).everywhere, true)
}

async function kindOf(world: World, accessToken: string): Promise<string> {
  return (await authenticate(world, accessToken)).kind
}

onBothEngines('steps of the wall clock', (engine) => {
  test('a token minted by a clock a day ahead does not outlive its revocation', async () => {
    const { clock, forward, step } = steppingClock()
    const world = besideDatabase(await openTestWorld(engine, { clock }))
    step(dayMs)
    const { userId, accessToken } = await arrive(world)
    step(0)
    await wallClock(world).look()
    await logOut(world, userId)
    for (const minutes of [30, 70, 70]) {
      forward(minutes * minuteMs)
      await cleanRevocations(world, 1000)
      assert.notEqual(await kindOf(world, accessToken), 'accepted')
    }
    // The time of the token arrives: now it would be valid.
    step(dayMs - 170 * minuteMs)
    await wallClock(world).look()
    assert.equal(await kindOf(world, accessToken), 'revoked')
  })

  test('a revoked token stays rejected when the clock is set back after its entry was dropped', async () => {
    const { clock, forward, step } = steppingClock()
    const world = await openTestWorld(engine, { clock })
    const { userId, accessToken } = await arrive(world)
    await logOut(world, userId)
    forward(70 * minuteMs)
    assert.equal(await cleanRevocations(world, 1000), 1)
    step(-70 * minuteMs)
    assert.equal(await kindOf(world, accessToken), 'expired')
    await assert.rejects(prepareMint(world, world.clock.now()), { code: 'unavailable' })
    step(0)
    assert.equal(await kindOf(world, (await arrive(world)).accessToken), 'accepted')
  })
})

onBothEngines('steps of the wall clock back', (engine) => {
  test('a server started after the entry was dropped and the clock set back rejects the token', async () => {
    const { clock, forward, step } = steppingClock()
    const place = await engine.freshPlace()
    const env = {
      SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
      SIGIL_PUBLIC_URL: 'http://localhost:8000',
    }
    const first = await serveTestWorld(place, { clock, env })
    const { userId, accessToken } = await arrive(first.world)
    await logOut(first.world, userId)
    forward(70 * minuteMs)
    assert.equal(await cleanRevocations(first.world, 1000), 1)
    await first.stop()
    step(-70 * minuteMs)
    const second = await serveTestWorld(place, { clock, env })
    assert.equal(await kindOf(second.world, accessToken), 'expired')
  })
})

onBothEngines('small steps of the wall clock', (engine) => {
  test('a token that was never revoked survives small steps of the clock', async () => {
    const { clock, forward, step } = steppingClock()
    const world = await openTestWorld(engine, { clock })
    await logOut(world, (await arrive(world)).userId)
    forward(70 * minuteMs)
    await cleanRevocations(world, 1000)
    const { accessToken } = await arrive(world)
    for (const ms of [-50_000, 50_000, 0]) {
      step(ms)
      assert.equal(await kindOf(world, accessToken), 'accepted')
    }
  })
})

onBothEngines('the moment up to which tokens may be dated', (engine) => {
  test('minting updates the maximum token date in the database at most once a minute', async () => {
    const { clock, forward } = steppingClock()
    const world = await openTestWorld(engine, { clock })
    const stored = async () => {
      const [row] = await world.db.query(sql`select minted_until from revocation_head`)
      return (row?.minted_until as number) - clock.now()
    }
    await prepareMint(world, clock.now())
    assert.equal(await stored(), 2 * minuteMs)
    forward(59_000)
    await Promise.all(Array.from({ length: 20 }, () => prepareMint(world, clock.now())))
    assert.equal(await stored(), 61_000)
    forward(2000)
    await prepareMint(world, clock.now())
    assert.equal(await stored(), 2 * minuteMs)
  })

  test('no token is minted by a clock that stepped after the moment was stored', async () => {
    const { clock, step } = steppingClock()
    const world = await openTestWorld(engine, { clock })
    await prepareMint(world, clock.now())
    assert.equal(mintedUntil(world).covers(clock.now()), true)
    step(dayMs)
    assert.equal(mintedUntil(world).covers(clock.now()), false)
  })
})
