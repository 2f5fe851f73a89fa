import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPending, SigilDouble, silence } from './support/sigil-double.ts'

async function held(sigil: SigilDouble, options = {}) {
  const verifier = sigil.verifier(options)
  await verifier.ready()
  await runPending()
  return verifier
}

test('the lease counts from when the poll was sent, not from its response', async () => {
  const sigil = new SigilDouble()
  const verifier = sigil.verifier()
  let answer = () => {}
  const late = new Promise<void>((resolve) => {
    answer = resolve
  })
  let polls = 0
  sigil.error = async (path) => {
    if (!path.endsWith('/poll')) return undefined
    if (++polls > 1) return silence()
    await late
    return undefined
  }
  const ready = verifier.ready()
  await sigil.pass(1400)
  answer()
  await ready
  await sigil.pass(550)
  assert.equal(verifier.state().lease, 'held')
  await sigil.pass(100)
  assert.equal(verifier.state().lease, 'lapsed')
})

test('a later response that grants less does not shorten the lease', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  sigil.leaseMs = 100
  await sigil.pass(500)
  sigil.error = (path) => (path.endsWith('/poll') ? silence() : undefined)
  // The second poll left at the start, so its lease would have ended at 100; the first one's ends at 2000.
  await sigil.pass(1450)
  assert.equal(verifier.state().lease, 'held')
  await sigil.pass(600)
  assert.equal(verifier.state().lease, 'lapsed')
})

test('a verifier makes no request before the first call, and one poll at a time from then on', async () => {
  const sigil = new SigilDouble()
  const verifier = sigil.verifier()
  await sigil.pass(1000)
  assert.equal(sigil.polls.length, 0)
  await verifier.ready()
  await sigil.pass(5000)
  // The first poll is answered at once with an id; from then on each is held for a quarter of the lease.
  assert.equal(sigil.polls.length, 2 + 10)
  assert.deepEqual(
    sigil.polls.slice(0, 2).map(({ after, wait_ms }) => [after, wait_ms]),
    [
      [0, 0],
      [0, 500],
    ],
  )
})

test('new entries are applied immediately, and the next poll acknowledges them at once', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  const token = sigil.mint()
  await verifier.verify(token)
  sigil.revoke('another', 'signature')
  await runPending()
  await assert.rejects(verifier.verify(token), { code: 'revoked' })
  const last = sigil.polls.at(-1)
  assert.deepEqual([last?.after, last?.ack], [2, 2])
  assert.deepEqual([verifier.state().head, verifier.state().entries], [2, 2])
})

test('the lease is dropped permanently if the wall clock ran on without the monotonic one', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil, { stale: 'deny' })
  const token = sigil.mint()
  await verifier.verify(token)
  sigil.clock.wallStep = 90
  await verifier.verify(token)
  sigil.clock.wallStep = 3000
  await assert.rejects(verifier.verify(token), { code: 'unavailable' })
  sigil.clock.wallStep = 0
  await assert.rejects(verifier.verify(token), { code: 'unavailable' })
  await sigil.pass(600)
  await verifier.verify(token)
})

test('preemption between the reads of the two clocks is not treated as a suspension', async () => {
  const sigil = new SigilDouble()
  const { now, monotonic } = sigil.clock
  const preempted = { ms: 0, nextMs: 0 }
  const clock = {
    ...sigil.clock,
    monotonic: () => monotonic() + preempted.ms,
    now() {
      preempted.ms += preempted.nextMs
      preempted.nextMs = 0
      return now() + preempted.ms
    },
  }
  const verifier = await held(sigil, { stale: 'deny', clock })
  const token = sigil.mint()
  await verifier.verify(token)
  preempted.nextMs = 300
  assert.equal(verifier.state().lease, 'held')
  await verifier.verify(token)
  // A suspension is detected even after a preemption while a poll was sent.
  preempted.nextMs = 300
  await sigil.pass(500)
  await verifier.verify(token)
  sigil.clock.wallStep = 200
  await assert.rejects(verifier.verify(token), { code: 'unavailable' })
})

test('failed polls are retried with growing pauses and jitter', async () => {
  const sigil = new SigilDouble()
  const pauses: number[] = []
  const verifier = await held(sigil, { random: () => 0.5 })
  let at = sigil.clock.monotonic()
  sigil.error = () => {
    pauses.push(sigil.clock.monotonic() - at)
    at = sigil.clock.monotonic()
    throw new Error('The network is down.')
  }
  await sigil.pass(40_000, 25)
  assert.deepEqual(pauses.slice(0, 8), [500, 75, 150, 300, 600, 1200, 2400, 3750])
  assert.equal(pauses.at(-1), 3750)
  assert.equal(verifier.state().lastFailure, 'The network is down.')
  sigil.error = undefined
  await sigil.pass(4000)
  assert.deepEqual([verifier.state().lease, verifier.state().failures], ['held', 0])
})

test('a hanging poll times out, and its late response is ignored', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  const { timeline, clock } = sigil
  let answer = () => {}
  const late = new Promise<void>((resolve) => {
    answer = resolve
  })
  sigil.error = async (path) => {
    if (!path.endsWith('/poll')) return undefined
    await late
    const log = { timeline, floor: 0, dropped_until: 0, head: 0, entries: [] }
    const body = { holder: 'late', ...log, lease_ms: 9e9, now: clock.now() }
    return { status: 200, json: async () => body }
  }
  // The poll in flight is held for 500 ms, the next one for 500 ms and the timeout.
  await sigil.pass(500 + 500 + 1500)
  assert.deepEqual([verifier.state().failures, verifier.state().lease], [1, 'lapsed'])
  sigil.error = undefined
  answer()
  await runPending()
  assert.equal(verifier.state().lease, 'lapsed')
  await sigil.pass(100)
  assert.equal(verifier.state().lease, 'held')
  assert.notEqual(verifier.state().holder, 'late')
})

test('polls are paced if something in between answers each one immediately', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  const { holder } = verifier.state()
  let calls = 0
  sigil.error = async (path) => {
    if (!path.endsWith('/poll')) return undefined
    calls++
    const now = sigil.clock.now()
    const log = { timeline: 'first', floor: 0, dropped_until: 0, head: 0, entries: [] }
    const body = { holder, ...log, lease_ms: 2000, now }
    return { status: 200, json: async () => body }
  }
  await sigil.pass(5000)
  assert.ok(calls > 10 && calls < 25, `${calls}`)
  assert.equal(verifier.state().lease, 'held')
})

test('polls are paced if a balancer sends each one to another node', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  let calls = 0
  sigil.error = (path) => {
    if (!path.endsWith('/poll')) return undefined
    sigil.forgetHolders()
    // Unpaced polls would never end.
    return ++calls > 100 ? silence() : undefined
  }
  await sigil.pass(5000)
  assert.ok(calls > 10 && calls < 25, `${calls}`)
  assert.equal(verifier.state().lease, 'held')
  const token = sigil.mint()
  sigil.revoke('signature')
  await sigil.pass(250)
  await assert.rejects(verifier.verify(token), { code: 'revoked' })
})

test('a part of a log grants no lease, not even a bounded one', async () => {
  const sigil = new SigilDouble()
  const verifier = sigil.verifier({ stale: { boundedSeconds: 60 } })
  sigil.revoke('one', 'two')
  const [first] = sigil.entries
  let parts = 0
  sigil.error = async (path) => {
    if (!path.endsWith('/poll') || ++parts > 1) return path.endsWith('/poll') ? silence() : undefined
    const { timeline, floor, clock } = sigil
    const log = { timeline, floor, dropped_until: 0, head: 1, entries: [first] }
    const part = { holder: 'h', ...log, lease_ms: 0, now: clock.now() }
    return { status: 200, json: async () => part }
  }
  await assert.rejects(verifier.verify(sigil.mint()), { code: 'unavailable' })
  await runPending()
  assert.deepEqual([verifier.state().lease, verifier.state().entries, parts], ['lapsed', 1, 2])
  await assert.rejects(verifier.verify(sigil.mint({}, { jti: 'two' })), { code: 'unavailable' })
})
