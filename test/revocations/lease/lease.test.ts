import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds, leaseFrom, readBoth } from '#src/revocations/lease/lease.ts'

const wall = 1_800_000_000_000

/** Clocks that advance by this much between the two readings, once each. */
function preempted(...betweenMs: number[]) {
  let passed = 0
  return {
    monotonic: () => passed,
    now() {
      passed += betweenMs.shift() ?? 0
      return wall + passed
    },
  }
}

test('a lease holds if the process is preempted between reading the two clocks', () => {
  const lease = leaseFrom(readBoth(preempted()), 2000)
  assert.equal(holds(lease, readBoth(preempted(300))), true)
  assert.equal(holds(lease, readBoth(preempted(300, 400, 500))), true)
})

test('a suspension ends a lease that began while the process was preempted', () => {
  const lease = leaseFrom(readBoth(preempted(300)), 2000)
  assert.equal(holds(lease, { monotonic: 400, now: wall + 400 }), true)
  assert.equal(holds(lease, { monotonic: 400, now: wall + 400 + 101 }), false)
})

test('setting the wall clock back ends a lease, because it could hide a suspension', () => {
  const lease = leaseFrom({ monotonic: 0, now: wall }, 2000)
  assert.equal(holds(lease, { monotonic: 400, now: wall + 400 - 99 }), true)
  assert.equal(holds(lease, { monotonic: 400, now: wall + 400 - 101 }), false)
})
