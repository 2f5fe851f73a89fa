import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Check } from '#proofs/checks.ts'
import { look } from '#proofs/pan.ts'
import { programOrSkip } from '#test/support/programs.ts'

const results = {
  holds: 'holds in every state',
  counterexample: 'has a counterexample',
  seen: 'can happen',
  always: 'holds',
  cycle: 'does not hold',
} as const

export function titleOf({ model, size, about, expected }: Check): string {
  return `the model ${model} (${size}): ${about}: ${results[expected]}`
}

export async function assertAsExpected(check: Check, t: TestContext): Promise<void> {
  if (!programOrSkip('spin', t) || !programOrSkip('gcc', t)) return
  const { surprise } = await look(check)
  assert.equal(surprise, undefined)
}
