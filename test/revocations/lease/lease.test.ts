import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds, leaseFrom, readBoth } from '#src/revocations/lease/lease.ts'

const wall = 1_800_000_000_000

/** Clocks that run on by so much between a reading of the one and the next of the other, each time once. */
function heldUp(...betweenMs: number[]) {
  let passed = 0
  return {
    monotonic: () => passed,
    now() {
      passed += betweenMs.shift() ?? 0
      return wall + passed
    },
  }
}

test('being held up between the readings of the two clocks is no suspension', () => {
  const lease = leaseFrom(readBoth(heldUp()), 2000)
  assert.equal(holds(lease, readBoth(heldUp(300))), true)
  assert.equal(holds(lease, readBoth(heldUp(300, 400, 500))), true)
})

test('being held up as a lease begins hides no suspension', () => {
  const lease = leaseFrom(readBoth(heldUp(300)), 2000)
  assert.equal(holds(lease, { monotonic: 400, now: wall + 400 }), true)
  assert.equal(holds(lease, { monotonic: 400, now: wall + 400 + 101 }), false)
})
