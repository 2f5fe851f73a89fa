import assert from 'node:assert/strict'
import { test } from 'node:test'
import { breakages, planned } from '#faults/chaos.ts'
import { chanceFrom } from '#test/crash/chance.ts'

const minutes = 20
const plan = planned(chanceFrom(1), minutes * 60)

test('the same seed produces the same schedule of faults, a different seed a different one', () => {
  assert.deepEqual(planned(chanceFrom(1), minutes * 60), plan)
  assert.notDeepEqual(planned(chanceFrom(2), minutes * 60), plan)
})

test('a long schedule contains every fault of every process', () => {
  const seen = new Set(plan.map(({ target, what }) => `${what} ${target}`))
  const machines = ['node-0', 'node-1', 'node-2', 'verifier-0', 'verifier-1', 'verifier-2']
  const ways = machines.flatMap((name) => breakages.map((what) => `${what} ${name}`))
  assert.deepEqual(new Set([...ways, 'kill database', 'freeze database']), seen)
})

test('a schedule contains only the configured faults', () => {
  const appetite = { node: { freeze: 1 }, verifier: {}, database: {} }
  const few = planned(chanceFrom(1), 60, appetite)
  assert.ok(few.length > 10)
  for (const { target, what } of few) assert.match(`${what} ${target}`, /^freeze node-\d$/)
})
