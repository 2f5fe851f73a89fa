import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allChecks, firstChecks } from '#proofs/checks.ts'
import { rules, sights } from '#proofs/rules.ts'
import { assertAsExpected, titleOf } from '#test/proofs/checked.ts'

/** One small size of each model; models.long.test.ts checks the rest. */
for (const check of firstChecks()) test(titleOf(check), (t) => assertAsExpected(check, t))

test('the checks drop every rule of the models once and include every required possibility', () => {
  const names = new Set(allChecks().flatMap(({ name }) => name ?? []))
  assert.deepEqual([...names].sort(), [...Object.keys(rules), ...Object.keys(sights)].sort())
})
