import assert from 'node:assert/strict'
import { test } from 'node:test'
import { graceAfter } from '#src/sessions/session.ts'

const graceMs = 10_000
const rotatedAt = 1_000_000

function graceAt(now: number, outage?: { from: number; until: number | undefined }): number {
  return graceAfter(outage, { rotatedAt, now, graceMs })
}

test('a refresh lost in an outage can be repeated until the grace period after it', () => {
  const outage = { from: rotatedAt + 1000, until: rotatedAt + 60_000 }
  assert.equal(rotatedAt + graceAt(rotatedAt + 61_000, outage), outage.until + graceMs)
})

test('a current outage extends the grace period until now', () => {
  const now = rotatedAt + 30_000
  assert.equal(graceAt(now, { from: rotatedAt - 500, until: undefined }), 30_000 + graceMs)
})

test('an outage before the rotation or long after it does not change the grace period', () => {
  assert.equal(graceAt(rotatedAt + 5000, { from: rotatedAt - 9000, until: rotatedAt - 1 }), graceMs)
  assert.equal(graceAt(rotatedAt + 99_000, { from: rotatedAt + 20_000, until: rotatedAt + 60_000 }), graceMs)
  assert.equal(graceAt(rotatedAt + 99_000), graceMs)
})

test('a grace period of zero stays zero', () => {
  const outage = { from: rotatedAt, until: undefined }
  assert.equal(graceAfter(outage, { rotatedAt, now: rotatedAt + 1, graceMs: 0 }), 0)
})
