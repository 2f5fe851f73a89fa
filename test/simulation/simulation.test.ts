import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadProtocol } from '#test/simulation/protocol.ts'
import { simulate, simulateAlone } from '#test/simulation/simulate.ts'
import type { Counts } from '#test/simulation/witness.ts'

/** Seeds for the real rules; SIGIL_TEST_SEEDS sets their number, and SIGIL_TEST_FIRST_SEED the first one. */
const seeds = Number(process.env.SIGIL_TEST_SEEDS ?? 200)
const firstSeed = Number(process.env.SIGIL_TEST_FIRST_SEED ?? 1)
const root = new URL('../../', import.meta.url)

test('no node or verifier accepts a token after its revocation was answered, in any history', async () => {
  const protocol = await loadProtocol(root)
  const sum: Counts = { accepted: 0, rejected: 0, undecided: 0, answered: 0, answeredByAck: 0 }
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const { violations, counts } = await simulate(seed, protocol)
    assert.deepEqual(violations, [], `seed ${seed}: SIGIL_TEST_FIRST_SEED=${seed} SIGIL_TEST_SEEDS=1`)
    for (const count of Object.keys(sum) as (keyof Counts)[]) sum[count] += counts[count]
  }
  assertAlive(sum)
})

test('a single server and its verifiers accept no token after its revocation was answered', async () => {
  const protocol = await loadProtocol(root)
  const sum = { accepted: 0, answeredByAck: 0, waitedOut: 0 }
  for (let seed = firstSeed; seed < firstSeed + seeds / 4; seed++) {
    const { violations, counts } = await simulateAlone(seed, protocol)
    assert.deepEqual(violations, [], `seed ${seed}: SIGIL_TEST_FIRST_SEED=${seed} SIGIL_TEST_SEEDS=1`)
    sum.accepted += counts.accepted
    sum.answeredByAck += counts.answeredByAck
    sum.waitedOut += counts.answered - counts.answeredByAck
  }
  const min = { accepted: 500 * seeds, answeredByAck: seeds, waitedOut: seeds / 4 }
  for (const [name, count] of Object.entries(min))
    assert.ok(sum[name as keyof typeof sum] > count, `${name}: ${sum[name as keyof typeof sum]}`)
})

/** A server that rejects every token or never answers a revocation keeps the promise but is useless. */
function assertAlive(sum: Counts): void {
  assert.ok(sum.accepted > 1000 * seeds, `accepted only ${sum.accepted}`)
  assert.ok(sum.answered > 3 * seeds, `answered only ${sum.answered}`)
  assert.ok(sum.answeredByAck > seeds, `answered only ${sum.answeredByAck} by acknowledgements`)
  assert.ok(sum.answered - sum.answeredByAck > seeds, 'never waited for a lease')
}
