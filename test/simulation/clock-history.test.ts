import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockHistory } from '#test/simulation/clock-history.ts'
import { onBothEngines } from '#test/support/engines.ts'

/** The number of histories; the first seed is SIGIL_TEST_FIRST_SEED, as in the other simulation. */
const seeds = 12
const firstSeed = Number(process.env.SIGIL_TEST_FIRST_SEED ?? 1)

onBothEngines('a wall clock that is set forward and back', (engine) => {
  // With PostgreSQL a server whose clock is off does not mint: the interesting histories are those on SQLite.
  const histories = engine.dialect === 'sqlite' ? seeds : 2

  test('no token is accepted after its session was ended, for any changes of the clock', async () => {
    const sum = { accepted: 0, rejected: 0, dropped: 0, steps: 0 }
    for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
      const { violations, counts } = await clockHistory(engine, { seed, rounds: 12 })
      assert.deepEqual(violations, [], `SIGIL_TEST_FIRST_SEED=${seed}`)
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counts[name]
    }
    if (engine.dialect === 'postgres') return
    // Otherwise the run would prove nothing.
    assert.ok(sum.accepted > 10 * histories, `accepted only ${sum.accepted}`)
    assert.ok(sum.dropped > histories, `dropped only ${sum.dropped}`)
  })
})
