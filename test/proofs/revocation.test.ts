import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { allChecks, quickChecks } from '#proofs/revocation/checks.ts'
import { look } from '#proofs/revocation/pan.ts'
import { rules, sights } from '#proofs/revocation/rules.ts'
import { programOrSkip } from '#test/support/programs.ts'

const outcomes = {
  holds: 'holds in every state',
  counterexample: 'must break it',
  seen: 'can happen',
  always: 'holds',
  cycle: 'does not hold',
} as const

/** The small models only; `make prove` checks the large ones too. */
describe('the model of revocation', { concurrency: 2 }, () => {
  for (const check of quickChecks()) {
    test(`${check.model}, ${check.size}: ${check.about}: ${outcomes[check.expected]}`, async (t) => {
      if (!programOrSkip('spin', t) || !programOrSkip('gcc', t)) return
      const { surprise } = await look(check)
      assert.equal(surprise, undefined)
    })
  }
})

test('the proofs drop every rule and look for every required possibility', () => {
  const names = new Set(allChecks().flatMap(({ name }) => name ?? []))
  assert.deepEqual([...names].sort(), [...Object.keys(rules), ...Object.keys(sights)].sort())
})
