import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allChecks, firstChecks } from '#proofs/revocation/checks.ts'
import { rules, sights } from '#proofs/revocation/rules.ts'
import { assertAsExpected, titleOf } from '#test/proofs/checked.ts'

/** One small size of each model; revocation.long.test.ts checks the rest. */
for (const check of firstChecks()) test(titleOf(check), (t) => assertAsExpected(check, t))

test('the checks drop every rule of the model once and look for everything that must be possible', () => {
  const names = new Set(allChecks().flatMap(({ name }) => name ?? []))
  assert.deepEqual([...names].sort(), [...Object.keys(rules), ...Object.keys(sights)].sort())
})
