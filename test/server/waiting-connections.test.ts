import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { limitWaiting, waitingLimits } from '#src/server/waiting-connections.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { openRaw } from '#test/support/raw-socket.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

/** A server that answers before the end of a body. Returns how to connect from an address of this machine. */
async function limited() {
  const server = createServer((_request, response) => response.end('answered'))
  limitWaiting(server, { perNetwork: 2, inAll: 3 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return async (localAddress: string) => {
    const accepted = once(server, 'connection')
    const socket = connect({ host: '127.0.0.1', port, localAddress })
    socket.on('error', () => {})
    await accepted
    after(() => socket.destroy())
    return socket
  }
}

async function answered(socket: Socket, request: string): Promise<void> {
  socket.write(request)
  await once(socket, 'data')
}

const get = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
const halfSent = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n12'

test('beyond the limit of an address its connection that has waited longest is closed', async () => {
  const open = await limited()
  const [first, second] = [await open('127.0.0.1'), await open('127.0.0.1')]
  const closed = once(first, 'close')
  const third = await open('127.0.0.1')
  await closed
  for (const socket of [second, third]) await answered(socket, get)
})

test('beyond the limit of all addresses the connection that has waited longest is closed', async () => {
  const open = await limited()
  const first = await open('127.0.0.1')
  const others = [await open('127.0.0.2'), await open('127.0.0.2')]
  const closed = once(first, 'close')
  const last = await open('127.0.0.3')
  await closed
  for (const socket of [...others, last]) await answered(socket, get)
})

test('a connection answered before the end of its body counts as silent until its next request', async () => {
  const open = await limited()
  const [one, other] = [await open('127.0.0.1'), await open('127.0.0.1')]
  await answered(one, get)
  await answered(other, halfSent)
  const closed = once(other, 'close')
  for (let count = 0; count < 2; count++) await open('127.0.0.1')
  await closed
  await answered(one, get)
})

test('the 201st silent connection of an address closes the first, and requests are answered', async () => {
  const { url } = await serveTestWorld(await freshDatabaseUrl('sqlite'), { clock: testClock() })
  const silent = []
  for (let count = 0; count < waitingLimits.perNetwork; count++) silent.push(await openRaw(url))
  const [first, ...others] = silent
  assert.equal((await clientAt(url).get('/healthz')).status, 200)
  assert.equal(await first?.said, '')
  for (const { hangUp } of others) hangUp()
})
