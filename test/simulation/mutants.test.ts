import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mutants } from '#test/simulation/mutants.ts'
import { mutated } from '#test/support/mutated-tree.ts'

test('every mutant of the simulation can be made from the source', () => {
  for (const mutant of mutants) assert.ok(mutated(mutant.name, mutant).includes(mutant.to), mutant.name)
})
