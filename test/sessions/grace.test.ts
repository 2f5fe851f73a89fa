import assert from 'node:assert/strict'
import { test } from 'node:test'
import { graceAfter } from '#src/sessions/session.ts'

const graceMs = 10_000
const rotatedAt = 1_000_000

function graceAt(now: number, outage?: { from: number; until: number | undefined }): number {
  return graceAfter(outage, { rotatedAt, now, graceMs })
}

test('a refresh whose answer an outage may have hidden is repeated until the grace after the outage', () => {
  const outage = { from: rotatedAt + 1000, until: rotatedAt + 60_000 }
  assert.equal(rotatedAt + graceAt(rotatedAt + 61_000, outage), outage.until + graceMs)
})

test('an outage that lasts extends the grace until now', () => {
  const now = rotatedAt + 30_000
  assert.equal(graceAt(now, { from: rotatedAt - 500, until: undefined }), 30_000 + graceMs)
})

test('an outage before the rotation or long after it leaves the grace as it is', () => {
  assert.equal(graceAt(rotatedAt + 5000, { from: rotatedAt - 9000, until: rotatedAt - 1 }), graceMs)
  assert.equal(graceAt(rotatedAt + 99_000, { from: rotatedAt + 20_000, until: rotatedAt + 60_000 }), graceMs)
  assert.equal(graceAt(rotatedAt + 99_000), graceMs)
})

test('a grace of zero stays zero', () => {
  const outage = { from: rotatedAt, until: undefined }
  assert.equal(graceAfter(outage, { rotatedAt, now: rotatedAt + 1, graceMs: 0 }), 0)
})
