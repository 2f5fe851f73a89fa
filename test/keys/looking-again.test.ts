import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomId, systemRandom } from '#src/platform/random.ts'
import { throttled } from '#src/platform/throttled.ts'
import { DatabaseAway } from '#src/store/db.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import { nodeOn, pairIn, rotatingWorld } from '#test/keys/rotating-world.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { foreignKey, partsOf, signedWith } from '#test/support/forging.ts'
import { testClock } from '#test/support/test-clock.ts'

const { privateKey } = foreignKey()

onBothEngines('a token that names an unknown key', (engine) => {
  test('costs the database one look for all who send such, and no more in a second than a few', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const { header, claims } = partsOf((await pairIn(world)).accessToken)
    let looks = 0
    const query: typeof world.db.query = (statement) => {
      looks++
      return world.db.query(statement)
    }
    const node = await nodeOn({ ...world, db: { ...world.db, query } }, clock)
    const forged = () => signedWith(privateKey, { ...header, kid: randomId(systemRandom) }, claims)
    const flood = () => atOnce(100, async () => (await authenticate(node, forged())).kind)
    looks = 0
    assert.deepEqual(new Set(await flood()), new Set(['not_ours']))
    assert.equal(looks, 1)
    const second = flood()
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(looks, 1)
    clock.forward(200)
    assert.deepEqual(new Set(await second), new Set(['not_ours']))
    assert.equal(looks, 2)
    for (const kid of ['', 'short', 'x'.repeat(23), '../../../etc/passwd!!!', '__proto__', header.kid]) {
      assert.equal(
        (await authenticate(node, signedWith(privateKey, { ...header, kid }, claims))).kind,
        'not_ours',
      )
    }
    assert.equal(looks, 2)
  })

  test('is not refused but left open while nobody can look', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const { header, claims } = partsOf((await pairIn(world)).accessToken)
    let isAway = false
    const query: typeof world.db.query = (statement) =>
      isAway ? Promise.reject(new DatabaseAway('It is away.')) : world.db.query(statement)
    const node = await nodeOn({ ...world, db: { ...world.db, query } }, clock)
    isAway = true
    const forged = signedWith(privateKey, { ...header, kid: randomId(systemRandom) }, claims)
    await assert.rejects(authenticate(node, forged), DatabaseAway)
    isAway = false
    const again = authenticate(node, forged)
    clock.forward(200)
    assert.equal((await again).kind, 'not_ours')
  })
})

test('who asks while a run is under way waits for the next one', async () => {
  const clock = testClock()
  const runs: (() => void)[] = []
  const ask = throttled(clock, 100, () => new Promise((resolve) => runs.push(resolve)))
  const done: string[] = []
  const asked = (name: string) => ask().then(() => done.push(name))
  const first = Promise.all([asked('a'), asked('b')])
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(runs.length, 1)
  const late = asked('c')
  runs[0]?.()
  await first
  assert.deepEqual(done, ['a', 'b'])
  clock.forward(100)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(runs.length, 2)
  runs[1]?.()
  await late
  assert.deepEqual(done, ['a', 'b', 'c'])
})
