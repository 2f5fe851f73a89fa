import { test } from 'node:test'
import { allChecks, firstChecks } from '#proofs/checks.ts'
import { assertAsExpected, titleOf } from '#test/proofs/checked.ts'

const first = new Set(firstChecks().map(titleOf))

for (const check of allChecks().filter((one) => !first.has(titleOf(one)))) {
  test(titleOf(check), (t) => assertAsExpected(check, t))
}
