import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Mutant, mutants } from '#test/simulation/mutants.ts'
import { loadProtocol } from '#test/simulation/protocol.ts'
import { simulate, simulateAlone } from '#test/simulation/simulate.ts'
import { mutatedTree } from '#test/support/mutated-tree.ts'

const maxSeedsPerMutant = 3000

describe('the simulation of revocation', () => {
  for (const mutant of mutants) {
    test(`the simulation catches ${mutant.name}`, async () => {
      const tree = mutatedTree(mutant.name, mutant)
      try {
        assert.ok(await findsViolation(tree.root, mutant), `no violation in ${maxSeedsPerMutant} histories`)
      } finally {
        tree.remove()
      }
    })
  }
})

async function findsViolation(tree: URL, { seed: from, isAlone = false }: Mutant): Promise<boolean> {
  const protocol = await loadProtocol(tree)
  const history = isAlone ? simulateAlone : simulate
  for (let seed = from; seed < from + maxSeedsPerMutant; seed++) {
    if ((await history(seed, protocol)).violations.length > 0) return true
  }
  return false
}
