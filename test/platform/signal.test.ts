import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '#src/platform/clock.ts'
import { Signal } from '#src/platform/signal.ts'

/** The clock does not advance here, so only the signal ends a wait. */
const still: Clock = { now: () => 0, monotonic: () => 0, after: () => () => {} }

async function isOver(waiting: Promise<void>): Promise<boolean> {
  const now = Promise.withResolvers<boolean>()
  setImmediate(() => now.resolve(false))
  return Promise.race([waiting.then(() => true), now.promise])
}

test('raising a signal ends every current wait, but not later ones', async () => {
  const signal = new Signal(still)
  const waiting = [signal.wait(1), signal.wait(1)]
  signal.raise()
  assert.deepEqual(await Promise.all(waiting.map(isOver)), [true, true])
  assert.equal(await isOver(signal.wait(1)), false)
})

test('waitSince resolves at once if the signal was raised since the count was read', async () => {
  const signal = new Signal(still)
  const { count } = signal
  signal.raise()
  assert.equal(await isOver(signal.waitSince(count, 1)), true)
  assert.equal(await isOver(signal.waitSince(signal.count, 1)), false)
})
