import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantHistory } from '#test/simulation/grant-history.ts'
import { onBothEngines } from '#test/support/engines.ts'

/** The number of histories; the first seed is SIGIL_TEST_FIRST_SEED, as in the other simulations. */
const seeds = Number(process.env.SIGIL_TEST_SEEDS ?? 3)
const firstSeed = Number(process.env.SIGIL_TEST_FIRST_SEED ?? 1)

onBothEngines('grants of apps and sessions', (engine) => {
  const isEmbedded = engine.dialect === 'sqlite'
  // PostgreSQL has two nodes, whose clocks are compared with that of the database and so are not set.
  const [nodeCount, histories] = isEmbedded ? [1, seeds] : [2, Math.ceil(seeds / 3)]

  test('no token of a session, app or machine is accepted after its revocation was answered', async () => {
    const sum = { accepted: 0, rejected: 0, undecided: 0, ended: 0, opened: 0 }
    for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
      const hasSteps = isEmbedded && seed % 2 === 0
      const length = { seed, rounds: 12, nodeCount, hasSteps }
      const { violations, counts } = await grantHistory(await engine.freshPlace(), length)
      assert.deepEqual(violations, [], `SIGIL_TEST_FIRST_SEED=${seed} SIGIL_TEST_SEEDS=1`)
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counts[name]
    }
    // Otherwise the run would prove nothing.
    assert.ok(sum.ended > 6 * histories, `ended only ${sum.ended} times`)
    assert.ok(sum.accepted > 20 * histories, `accepted only ${sum.accepted}`)
    assert.ok(sum.rejected > 40 * histories, `rejected only ${sum.rejected}`)
  })
})
