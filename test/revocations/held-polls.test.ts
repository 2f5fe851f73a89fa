import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { renewEveryMs } from '#src/revocations/lease/lease.ts'
import { RevocationNode } from '#src/revocations/lease/node.ts'
import { poll } from '#src/revocations/lease/poll.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { type TestClock, testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const fleet = 64
const stepMs = 5

onBothEngines('held polls', (engine) => {
  test('polls sent together are answered at different times, within a quarter of the lease', async () => {
    const clock = testClock()
    const node = await nodeBy(clock, await openTestWorld(engine, { clock }))
    const { leaseMs } = node.outside
    const quarterMs = renewEveryMs(leaseMs)
    for (const [waitMs, maxMs] of [
      [60_000, quarterMs],
      [quarterMs / 2, quarterMs / 2],
    ] as const) {
      const heldMs = await heldForMs(node, clock, waitMs)
      assert.equal(heldMs.length, fleet)
      assert.ok(Math.max(...heldMs) <= maxMs + stepMs, `one was held for ${Math.max(...heldMs)} ms`)
      // Long enough to save requests: each poll costs one.
      assert.ok(Math.min(...heldMs) >= maxMs * 0.7, `one was held for ${Math.min(...heldMs)} ms`)
      // They are spread evenly over the last quarter of that time.
      const slices = Map.groupBy(heldMs, (ms) => Math.floor((maxMs - ms) / (maxMs / 32)))
      const fullest = Math.max(...[...slices.values()].map(({ length }) => length))
      assert.ok(slices.size >= 7, `answers in ${slices.size} of 8 slices`)
      assert.ok(fullest <= fleet / 4, `${fullest} of ${fleet} answers within ${maxMs / 32} ms`)
    }
  })
})

/** A node whose random bytes take every value equally often. */
async function nodeBy(clock: TestClock, world: Parameters<typeof revocationNode>[0]) {
  let last = 0
  const chance = () => {
    last = (last + 37) % 256
    return last
  }
  const random = { bytes: (count: number) => Buffer.from(Array.from({ length: count }, chance)) }
  const node = new RevocationNode({ ...revocationNode(world).outside, clock, random, isAlone: true })
  await node.renew()
  return node
}

/** How long each poll of a fleet is held when all are sent at once. */
async function heldForMs(node: RevocationNode, clock: TestClock, waitMs: number): Promise<number[]> {
  const asked = { keyId: 'key', after: node.log.applied, ack: node.log.applied }
  const leaseholders: string[] = []
  for (let count = 0; count < fleet; count++) {
    leaseholders.push((await poll(node, { ...asked, holder: undefined, waitMs: 0 })).holder)
  }
  const start = clock.monotonic()
  const heldMs: number[] = []
  const polls = leaseholders.map(async (holder) => {
    await poll(node, { ...asked, holder, waitMs })
    heldMs.push(clock.monotonic() - start)
  })
  while (heldMs.length < fleet && clock.monotonic() - start < node.outside.leaseMs) {
    for (let turn = 0; turn < 5; turn++) await soon()
    clock.forward(stepMs)
  }
  await Promise.all(polls)
  return heldMs
}
