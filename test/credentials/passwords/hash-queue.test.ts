import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashQueue } from '#src/credentials/passwords/hash-queue.ts'
import { networksOf } from '#src/platform/addresses.ts'

test('the hash queue runs as many jobs at once as it has workers, and the others in order', async () => {
  const { ask, running, finish } = queueOf({ workers: 2 })
  for (const number of [1, 2, 3]) ask('a', number)
  assert.deepEqual(running(), ['a1', 'a2'])
  await finish('a2')
  assert.deepEqual(running(), ['a1', 'a3'])
})

test('addresses take turns in the hash queue, no matter how many jobs one of them has', async () => {
  const { ask, order } = queueOf({})
  for (const number of [1, 2, 3, 4]) ask('a', number)
  ask('b', 1)
  ask('c', 1)
  assert.deepEqual(await order(), ['a1', 'a2', 'b1', 'c1', 'a3', 'a4'])
})

test('many subnets of one network share one turn, and another network has its own', async () => {
  const { ask, order } = queueOf({})
  for (const part of ['x/1', 'x/2', 'x/3', 'x/4']) ask(part, 1)
  ask('y/1', 1)
  ask('y/1', 2)
  assert.deepEqual(await order(), ['x/11', 'x/21', 'y/11', 'x/31', 'y/12', 'x/41'])
})

test('a full hash queue rejects a job of the largest network, not the newcomer', async () => {
  const { ask, rejected } = queueOf({ max: 250 })
  for (let part = 0; part < 251; part++) ask(`attacker/${part}`, 1)
  ask('victim/0', 1)
  assert.equal((await rejected()).filter((name) => name.startsWith('victim')).length, 0)
  assert.equal((await rejected()).filter((name) => name.startsWith('attacker')).length, 1)
})

test('a source that fills its share gets busy, and other sources do not', async () => {
  const { ask, rejected } = queueOf({ maxPerSource: 2 })
  for (const number of [1, 2, 3, 4, 5]) ask('a', number)
  ask('b', 1)
  assert.deepEqual(await rejected(), ['a4', 'a5'])
})

test('known browsers have their own queue and every second turn while others fill theirs', async () => {
  const { ask, order, rejected } = queueOf({ max: 3, reserved: 2 })
  for (const number of [1, 2, 3, 4, 5]) ask(`s${number}`, 0)
  ask('k', 1, { isKnown: true })
  ask('k', 2, { isKnown: true })
  assert.deepEqual(await rejected(), ['s50'])
  assert.deepEqual(await order(), ['s10', 'k1', 's20', 'k2', 's30', 's40'])
})

test('an IPv6 address belongs to its /48, /56 and /64, an IPv4 address to itself', () => {
  assert.deepEqual(networksOf('2001:db8:1:2345::9'), [
    '2001:db8:1:0::/48',
    '2001:db8:1:2300::/56',
    '2001:db8:1:2345::/64',
  ])
  assert.deepEqual(networksOf('192.0.2.7'), ['192.0.2.7'])
  assert.deepEqual(networksOf('::ffff:192.0.2.7'), ['192.0.2.7'])
})

test('a full hash queue makes room by rejecting the last job of the longest queue', async () => {
  const { ask, rejected, running, finish } = queueOf({ max: 4, maxPerSource: 4 })
  for (const number of [1, 2, 3, 4, 5]) ask('a', number)
  ask('b', 1)
  assert.deepEqual(await rejected(), ['a5'])
  ask('b', 2)
  assert.deepEqual(await rejected(), ['a5', 'a4'])
  ask('c', 1)
  ask('d', 1)
  assert.equal((await rejected()).length, 4)
  await finish('a1')
  assert.deepEqual(running().length, 1)
})

test('the hash queue continues after a failed job', async () => {
  const queue = new HashQueue({ ...defaults, max: 4, maxPerSource: 4 })
  const failed = queue.run(['a'], () => Promise.reject(new Error('no')))
  const next = queue.run(['a'], async () => 'done')
  await assert.rejects(failed, /^Error: no$/)
  assert.equal(await next, 'done')
  assert.equal(queue.waiting, 0)
})

const defaults = { workers: 1, max: 300, maxPerSource: 300, reserved: 10 }

/** A queue whose jobs end when the test decides. A source such as `x/1` is subnet 1 of the network x. */
function queueOf(bounds: Partial<typeof defaults>) {
  const queue = new HashQueue({ ...defaults, ...bounds })
  const open = new Map<string, () => void>()
  const errors: string[] = []
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  const finish = async (name: string) => {
    open.get(name)?.()
    open.delete(name)
    await settle()
  }
  return {
    ask(source: string, number: number, options = {}) {
      const name = `${source}${number}`
      const work = () => new Promise<void>((resolve) => open.set(name, resolve))
      // The queue may throw at once, or reject later.
      const asked = (async () => queue.run(source.split('/'), work, options))()
      asked.catch(() => errors.push(name))
    },
    running: () => [...open.keys()],
    finish,
    async order() {
      const names: string[] = []
      for (let [now] = open.keys(); now; [now] = open.keys()) {
        names.push(now)
        await finish(now)
      }
      return names
    },
    async rejected() {
      await settle()
      return [...errors]
    },
  }
}
