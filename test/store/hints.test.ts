import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '#src/platform/clock.ts'
import { openHints } from '#src/store/hints.ts'
import { testClock } from '#test/support/test-clock.ts'

const lookEveryMs = 500

/** A server that closes every connection. `called` returns the port of the next caller. */
async function hangingUp() {
  const server = createServer((socket) => socket.on('error', () => {}).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    called: () =>
      new Promise<number | undefined>((resolve) =>
        server.once('connection', ({ remotePort }) => resolve(remotePort)),
      ),
  }
}

/** A stopped clock; `waited` resolves when a timer has been set. */
function watchedClock() {
  const clock = testClock()
  let begun = Promise.withResolvers<void>()
  const watched: Clock = {
    ...clock,
    after(ms, act) {
      const cancel = clock.after(ms, act)
      begun.resolve()
      begun = Promise.withResolvers<void>()
      return cancel
    },
  }
  return { clock: watched, forward: clock.forward, waited: () => begun.promise }
}

/** Whether the next caller is one that connects only now. */
async function nobodyElseCalls({ port, called }: Awaited<ReturnType<typeof hangingUp>>): Promise<boolean> {
  const next = called()
  for (let semaphore = 0; semaphore < 10; semaphore++) await setImmediate()
  const probe = connect(port, '127.0.0.1')
  await once(probe, 'connect')
  const ours = probe.localPort
  probe.on('error', () => {}).end()
  return (await next) === ours
}

test('a listener for hints reconnects a second after it was disconnected, until it is closed', async () => {
  const postgres = await hangingUp()
  const { clock, forward, waited } = watchedClock()
  let call = Promise.all([postgres.called(), waited()])
  const hints = openHints({ url: postgres.url, clock, lookEveryMs }, () => {})
  for (const _ of [1, 2]) {
    await call
    call = Promise.all([postgres.called(), waited()])
    forward(1000)
  }
  await call
  await hints.close()
  forward(1000)
  assert.ok(await nobodyElseCalls(postgres))
})

test('a listener for hints reports an outage once, after five failed attempts', async () => {
  const postgres = await hangingUp()
  const { clock, forward, waited } = watchedClock()
  let outages = 0
  let call = waited()
  const onOutage = () => {
    outages++
  }
  const hints = openHints({ url: postgres.url, clock, lookEveryMs, onOutage }, () => {})
  const seen: number[] = []
  for (let attempt = 1; attempt <= 7; attempt++) {
    await call
    await setImmediate()
    seen.push(outages)
    call = waited()
    forward(1000)
  }
  await hints.close()
  assert.deepEqual(seen, [0, 0, 0, 0, 1, 1, 1])
})

test('a listener for hints that is closed at once never connects', async () => {
  const postgres = await hangingUp()
  await openHints({ url: postgres.url, clock: testClock(), lookEveryMs }, () => {}).close()
  assert.ok(await nobodyElseCalls(postgres))
})
