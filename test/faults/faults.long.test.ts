import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plantedBugs } from '#faults/planted.ts'
import { isPass, summaryOf } from '#faults/summary.ts'
import { demandsOf, runTrial, runUntilWrong } from '#faults/trial.ts'
import { seededChance } from '#test/crash/chance.ts'
import { mutatedTree } from '#test/support/mutated-tree.ts'

/** A short version of `make faults`, with two of the planted bugs. */
const seconds = 15
const shortList = [
  'an answer that does not wait for late leaseholders',
  'a verifier that judges without a lease',
]

const root = new URL('../../', import.meta.url)
const stopped = new AbortController()
process.once('SIGTERM', () => stopped.abort())
const ended = stopped.signal

test('three nodes and three verifiers keep every promise during faults', async (t) => {
  const { seed } = seededChance()
  t.diagnostic(`SIGIL_TEST_SEED=${seed}`)
  const trial = (of: number) => runTrial({ root, seed: of, seconds, demands: demandsOf(seconds), ended })
  let tried = await trial(seed)
  const { violations, accidents, shortages } = tried.report
  // If the faults were too dense, the run is inconclusive: run again.
  if (violations.length + accidents.length === 0 && shortages.length > 0) tried = await trial(seed + 1)
  assert.ok(isPass(tried.report), `\n${summaryOf(tried)}`)
})

for (const bug of plantedBugs.filter(({ name }) => shortList.includes(name))) {
  test(`the fault run catches ${bug.name}`, async () => {
    const tree = mutatedTree(bug.name, bug)
    try {
      const { appetite } = bug
      const { report } = await runUntilWrong({ root: tree.root, seed: 1, seconds: 60, appetite, ended })
      assert.match(report.violations[0] ?? 'none', /accepted token \d+, .* was answered/)
    } finally {
      tree.remove()
    }
  })
}
