import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashQueue } from '#src/credentials/passwords/hash-queue.ts'

test('runs as many at once as there are workers, and the rest in their order', async () => {
  const { ask, running, finish } = line({ workers: 2, most: 10, maxPerSource: 10 })
  ask('a', 1)
  ask('a', 2)
  ask('a', 3)
  assert.deepEqual(running(), ['a1', 'a2'])
  await finish('a2')
  assert.deepEqual(running(), ['a1', 'a3'])
})

test('lets addresses take turns, however long the line of one is', async () => {
  const { ask, running, finish } = line({ workers: 1, most: 10, maxPerSource: 10 })
  for (const number of [1, 2, 3, 4]) ask('a', number)
  ask('b', 1)
  ask('c', 1)
  const order: string[] = []
  for (let [now] = running(); now; [now] = running()) {
    order.push(now)
    await finish(now)
  }
  assert.deepEqual(order, ['a1', 'a2', 'b1', 'c1', 'a3', 'a4'])
})

test('refuses one address beyond its own share, and nobody else for it', async () => {
  const { ask, refused } = line({ workers: 1, most: 10, maxPerSource: 2 })
  for (const number of [1, 2, 3, 4, 5]) ask('a', number)
  ask('b', 1)
  assert.deepEqual(await refused(), ['a4', 'a5'])
})

test('makes room in a full line by refusing the last of the longest', async () => {
  const { ask, refused, running, finish } = line({ workers: 1, most: 4, maxPerSource: 4 })
  for (const number of [1, 2, 3, 4, 5]) ask('a', number)
  ask('b', 1)
  assert.deepEqual(await refused(), ['a5'])
  ask('b', 2)
  assert.deepEqual(await refused(), ['a5', 'a4'])
  ask('c', 1)
  ask('d', 1)
  assert.equal((await refused()).length, 4)
  await finish('a1')
  assert.deepEqual(running().length, 1)
})

test('goes on after work that failed', async () => {
  const queue = new HashQueue({ workers: 1, most: 4, maxPerSource: 4 })
  const failed = queue.run('a', () => Promise.reject(new Error('no')))
  const next = queue.run('a', async () => 'done')
  await assert.rejects(failed, /^Error: no$/)
  assert.equal(await next, 'done')
  assert.equal(queue.waiting, 0)
})

/** A queue whose work ends when the test says so. */
function line(bounds: { workers: number; most: number; maxPerSource: number }) {
  const queue = new HashQueue(bounds)
  const open = new Map<string, () => void>()
  const no: string[] = []
  const awaitPropagation: Promise<void>[] = []
  return {
    ask(address: string, number: number) {
      const name = `${address}${number}`
      const work = () => new Promise<void>((resolve) => open.set(name, resolve))
      // A queue may refuse by a throw at once, or later by a rejection.
      const asked = (async () => queue.run(address, work))()
      awaitPropagation.push(asked.catch(() => void no.push(name)))
    },
    running: () => [...open.keys()],
    async finish(name: string) {
      open.get(name)?.()
      open.delete(name)
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    },
    async refused() {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
      return [...no]
    },
  }
}
