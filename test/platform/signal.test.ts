import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '#src/platform/clock.ts'
import { Signal } from '#src/platform/signal.ts'

/** Time does not pass here, so only a ring wakes anybody. */
const still: Clock = { now: () => 0, monotonic: () => 0, after: () => () => {} }

async function isOver(waiting: Promise<void>): Promise<boolean> {
  const now = Promise.withResolvers<boolean>()
  setImmediate(() => now.resolve(false))
  return Promise.race([waiting.then(() => true), now.promise])
}

test('a ring is heard by all who wait, and by nobody who comes later', async () => {
  const bell = new Signal(still)
  const waiting = [bell.heard(1), bell.heard(1)]
  bell.ring()
  assert.deepEqual(await Promise.all(waiting.map(isOver)), [true, true])
  assert.equal(await isOver(bell.heard(1)), false)
})

test('a ring while nobody listened is heard by who looked at something meanwhile', async () => {
  const bell = new Signal(still)
  const { rung } = bell
  bell.ring()
  assert.equal(await isOver(bell.heardSince(rung, 1)), true)
  assert.equal(await isOver(bell.heardSince(bell.rung, 1)), false)
})
