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

onBothEngines('tokens that name an unknown key', (engine) => {
  test('concurrent tokens with unknown keys share one query, and cause only a few per second', async () => {
    const { world, clock } = await rotatingWorld(engine)
    const { header, claims } = partsOf((await pairIn(world)).accessToken)
    let queries = 0
    const query: typeof world.db.query = (statement) => {
      queries++
      return world.db.query(statement)
    }
    const node = await nodeOn({ ...world, db: { ...world.db, query } }, clock)
    const forged = () => signedWith(privateKey, { ...header, kid: randomId(systemRandom) }, claims)
    const flood = () => atOnce(100, async () => (await authenticate(node, forged())).kind)
    queries = 0
    assert.deepEqual(new Set(await flood()), new Set(['not_ours']))
    assert.equal(queries, 1)
    const second = flood()
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(queries, 1)
    clock.forward(200)
    assert.deepEqual(new Set(await second), new Set(['not_ours']))
    assert.equal(queries, 2)
    for (const kid of ['', 'short', 'x'.repeat(23), '../../../etc/passwd!!!', '__proto__', header.kid]) {
      assert.equal(
        (await authenticate(node, signedWith(privateKey, { ...header, kid }, claims))).kind,
        'not_ours',
      )
    }
    assert.equal(queries, 2)
  })

  test('a token with an unknown key is not rejected while the database is unavailable', async () => {
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

test('a call to a throttled function during a run waits for the next run', async () => {
  const clock = testClock()
  const runs: (() => void)[] = []
  const run = throttled(clock, 100, () => new Promise((resolve) => runs.push(resolve)))
  const done: string[] = []
  const call = (name: string) => run().then(() => done.push(name))
  const first = Promise.all([call('a'), call('b')])
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(runs.length, 1)
  const late = call('c')
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
