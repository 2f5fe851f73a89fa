import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plantedBugs } from '#faults/planted.ts'
import { mutated } from '#test/support/mutated-tree.ts'

test('every planted bug still applies to the source', () => {
  assert.ok(plantedBugs.length >= 10)
  for (const bug of plantedBugs) assert.ok(mutated(bug.name, bug).includes(bug.to), bug.name)
})
