import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '#src/platform/clock.ts'
import { Signal } from '#src/platform/signal.ts'

/** Time does not pass here, so only the signal wakes anyone. */
const stopped: Clock = { now: () => 0, monotonic: () => 0, after: () => () => {} }

async function isResolved(waiting: Promise<void>): Promise<boolean> {
  const now = Promise.withResolvers<boolean>()
  setImmediate(() => now.resolve(false))
  return Promise.race([waiting.then(() => true), now.promise])
}

test('raising a signal wakes everyone who waits, and no one who waits later', async () => {
  const signal = new Signal(stopped)
  const waiting = [signal.wait(1), signal.wait(1)]
  signal.raise()
  assert.deepEqual(await Promise.all(waiting.map(isResolved)), [true, true])
  assert.equal(await isResolved(signal.wait(1)), false)
})

test('waiting since an earlier count returns at once if the signal was raised meanwhile', async () => {
  const signal = new Signal(stopped)
  const { count } = signal
  signal.raise()
  assert.equal(await isResolved(signal.waitSince(count, 1)), true)
  assert.equal(await isResolved(signal.waitSince(signal.count, 1)), false)
})
