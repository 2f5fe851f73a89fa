import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SubLeases } from '#src/revocations/lease/sub-leases.ts'
import { testClock } from '#test/support/test-clock.ts'

const keyId = 'key'

test('the lowest acknowledgement of all verifiers counts until its lease has ended', () => {
  const clock = testClock()
  const leases = new SubLeases(clock)
  assert.equal(leases.acked(), Number.POSITIVE_INFINITY)
  leases.grant('quick', { keyId, acked: 3, leaseMs: 2000 })
  leases.grant('slow', { keyId, acked: 1, leaseMs: 1000 })
  assert.equal(leases.acked(), 1)
  clock.forward(1000)
  assert.equal(leases.acked(), 1)
  clock.forward(10)
  assert.equal(leases.acked(), 3)
  assert.equal(leases.size, 1)
})

test('an acknowledgement only increases, and only for a known leaseholder', () => {
  const leases = new SubLeases(testClock())
  leases.grant('one', { keyId, acked: 2, leaseMs: 2000 })
  leases.ack('one', 1)
  assert.equal(leases.acked(), 2)
  leases.ack('one', 5)
  leases.ack('stranger', 1)
  assert.equal(leases.acked(), 5)
})

test('a later grant keeps the later end and the acknowledgement', () => {
  const clock = testClock()
  const leases = new SubLeases(clock)
  leases.grant('one', { keyId, acked: 1, leaseMs: 2000 })
  leases.ack('one', 4)
  leases.grant('one', { keyId, acked: 0, leaseMs: 100 })
  clock.forward(1000)
  assert.equal(leases.acked(), 4)
})

test('an ended lease is skipped even if a longer one was granted before it', () => {
  const clock = testClock()
  const leases = new SubLeases(clock)
  leases.grant('long', { keyId, acked: 1, leaseMs: 3000 })
  leases.grant('short', { keyId, acked: 1, leaseMs: 1000 })
  clock.forward(2000)
  assert.equal(leases.acked(), 1)
  assert.ok((leases.nextEnd(2) ?? 0) > 3000)
  assert.equal(leases.nextEnd(1), undefined)
  leases.ack('long', 2)
  assert.equal(leases.acked(), 2)
  assert.equal(leases.size, 1)
})

test('ended leases are removed even if a live one has a lower acknowledgement', () => {
  const clock = testClock()
  const leases = new SubLeases(clock)
  for (let count = 0; count < 100; count++) {
    leases.grant('stubborn', { keyId, acked: 0, leaseMs: 2000 })
    leases.grant(`passing ${count}`, { keyId, acked: 1, leaseMs: 2000 })
    assert.equal(leases.acked(), 0)
    clock.forward(1000)
  }
  assert.ok(leases.size <= 4, `${leases.size} are remembered`)
})
