import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { grantHistory } from '#test/simulation/grant-history.ts'
import { grantMutants } from '#test/simulation/grant-mutants.ts'
import type { Mutant } from '#test/simulation/mutants.ts'
import type { freshDatabaseUrl } from '#test/support/engines.ts'
import { mutatedTree } from '#test/support/mutated-tree.ts'

const maxSeedsPerMutant = 30

describe('the simulation of grants', () => {
  for (const mutant of grantMutants) {
    test(`the simulation of grants catches ${mutant.name}`, async () => {
      const tree = mutatedTree(mutant.name, mutant)
      try {
        assert.ok(await findsViolation(tree.root, mutant), `no violation in ${maxSeedsPerMutant} histories`)
      } finally {
        tree.remove()
      }
    })
  }
})

async function findsViolation(tree: URL, { seed: from }: Pick<Mutant, 'seed'>): Promise<boolean> {
  const load = (path: string) => import(new URL(path, tree).href)
  const history: { grantHistory: typeof grantHistory } = await load('test/simulation/grant-history.ts')
  const engines: { freshDatabaseUrl: typeof freshDatabaseUrl } = await load('test/support/engines.ts')
  for (let seed = from; seed < from + maxSeedsPerMutant; seed++) {
    const length = { seed, rounds: 12, nodeCount: 1, hasSteps: false }
    const { violations } = await history.grantHistory(await engines.freshDatabaseUrl('sqlite'), length)
    if (violations.length > 0) return true
  }
  return false
}
