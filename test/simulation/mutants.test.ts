import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantMutants } from '#test/simulation/grant-mutants.ts'
import { mutants } from '#test/simulation/mutants.ts'
import { mutated } from '#test/support/mutated-tree.ts'

test('every mutant of the simulations can be made from the source', () => {
  for (const mutant of [...mutants, ...grantMutants])
    assert.ok(mutated(mutant.name, mutant).includes(mutant.to), mutant.name)
})
