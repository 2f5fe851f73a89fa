import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bodyBudget, bodyLimits } from '#src/http/body-budget.ts'
import { waitingLimits } from '#src/server/waiting-connections.ts'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { spawnServer } from '#test/support/processes.ts'
import { openRaw, type RawConnection } from '#test/support/raw-socket.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const limits = {
  timeoutMs: 1000,
  perNetwork: { bodies: 2, bytes: 100 },
  inAll: { bodies: 3, bytes: 150 },
}

test('the bodies of one network and of all networks are limited in number and size', () => {
  const { begin } = bodyBudget(testClock(), limits)
  const [first, second] = [begin('192.0.2.1'), begin('192.0.2.1')]
  assert.throws(() => begin('192.0.2.1'), { code: 'too_many_bodies' })
  const third = begin('2001:db8::1')
  assert.throws(() => begin('192.0.2.2'), { code: 'unavailable' })
  first.take(60)
  assert.throws(() => second.take(60), { code: 'too_many_bodies' })
  third.take(80)
  assert.throws(() => second.take(30), { code: 'unavailable' })
  for (const receiving of [first, second, third]) receiving.end()
  const again = begin('192.0.2.1')
  again.take(100)
  again.end()
  assert.throws(() => again.take(1), { code: 'body_timeout' })
})

test('a body that takes longer than its limit is rejected', async () => {
  const clock = testClock()
  const { timeout } = bodyBudget(clock, limits).begin('192.0.2.1')
  clock.forward(1000)
  await assert.rejects(timeout, { code: 'body_timeout' })
})

const head = 'POST /api/v1/auth/signin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

test('an incomplete body is answered with 408 after ten seconds, and its connection closed', async () => {
  const clock = testClock()
  const { url } = await serveTestWorld(await freshDatabaseUrl('sqlite'), { clock })
  const { write, said } = await openRaw(url)
  write(`${head}Content-Length: 50\r\n\r\n{"login":`)
  let isClosed = false
  void said.then(() => {
    isClosed = true
  })
  while (!isClosed) {
    clock.forward(10_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.match(await said, /^HTTP\/1\.1 408 [\s\S]*"code":"body_timeout"/)
})

test('the 201st incomplete body of an address gets 429, and other addresses are served', async () => {
  const env = { SIGIL_TRUSTED_PROXIES: '127.0.0.1,::1', SIGIL_RATE_LIMITS: 'off' }
  const { url } = await serveTestWorld(await freshDatabaseUrl('sqlite'), { clock: testClock(), env })
  const stall = async () => {
    const connection = await openRaw(url)
    connection.write(`${head}X-Forwarded-For: 192.0.2.1\r\nContent-Length: 50\r\n\r\n{"login":`)
    return connection
  }
  const stalled = await atOnce(201, stall)
  const refused = await Promise.race(stalled.map(({ answered }) => answered))
  assert.match(String(refused), /^HTTP\/1\.1 429 [\s\S]*"code":"too_many_bodies"/)
  const sent = { login: 'nobody@example.org', password: 'correct horse battery' }
  const other = await clientAt(url, { address: '198.51.100.1' }).post('/api/v1/auth/signin', sent)
  assert.equal(other.status, 401)
  for (const { hangUp } of stalled) hangUp()
})

/** 20 to 52 MiB were measured, and 387 without a budget. */
const maxGrownMiB = 150

/** A small nursery: otherwise the measure is of garbage, which is collected some 100 MiB later or earlier. */
const env = { NODE_OPTIONS: '--max-semi-space-size=1' }

test('4,500 half-sent bodies from one address do not fill the memory', async () => {
  const server = await spawnServer(await freshDatabaseUrl('sqlite'), env)
  const peakMiB = () => {
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
  }
  const before = peakMiB()
  const body = 'x'.repeat(60_000)
  const connections: RawConnection[] = []
  for (let batch = 0; batch < 45; batch++) {
    const opened = await atOnce(100, async () => {
      const connection = await openRaw(server.url)
      connection.write(`${head}Content-Length: 65000\r\n\r\n${body}`)
      return connection
    })
    connections.push(...opened)
  }
  await Promise.race(connections.slice(-100).map(({ answered }) => answered))
  const grown = peakMiB() - before
  assert.ok(grown < maxGrownMiB, `The server grew by ${Math.round(grown)} MiB`)
  // The address may hold so many bodies, and so many connections whose request was rejected before its end.
  const maxOpen = bodyLimits.perNetwork.bodies + waitingLimits.perNetwork
  const isOpen = new Set(connections)
  for (const connection of connections) void connection.said.then(() => isOpen.delete(connection))
  while (isOpen.size > maxOpen) await Promise.race([...isOpen].map(({ said }) => said))
  for (const { hangUp } of connections) hangUp()
})
