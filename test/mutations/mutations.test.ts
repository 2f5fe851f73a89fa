import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { test } from 'node:test'
import { mutations } from '#test/mutations/all.ts'
import { type Mutation, mutate } from '#test/mutations/mutation.ts'

for (const mutation of mutations) {
  test(`the guard is in the source, and its test file exists: ${mutation.without}`, () => {
    // Throws if the changed file cannot be parsed.
    stripTypeScriptTypes(mutate(mutation).text)
    assert.ok(existsSync(mutation.caughtBy.file), mutation.caughtBy.file)
  })
}

const example: Mutation = {
  without: 'an example',
  guard: /export function mutate/,
  becomes: '',
  caughtBy: { file: 'test/mutations/mutations.test.ts' },
}

test('a guard that is not in the source, or occurs twice, is reported', () => {
  assert.throws(() => mutate(example), /must be found exactly once, but was found here: nowhere/)
  assert.throws(() => mutate({ ...example, guard: /export type World/ }), /was found here: src/)
})
