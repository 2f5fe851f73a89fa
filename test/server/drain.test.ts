import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { takePort } from '#src/server/serve.ts'
import { ending } from '#src/world/ending.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { openRaw, type RawConnection } from '#test/support/raw-socket.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const health = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
const signIn = 'POST /api/v1/auth/signin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
const body = JSON.stringify({ login: 'unknown', password: 'wrong password 17' })

async function served() {
  const clock = testClock()
  const world = await openTestWorld(await freshDatabaseUrl('sqlite'), { clock })
  const port = await takePort(world.settings)
  const url = `http://localhost:${port.number}`
  const serving = port.answer(world)
  after(() => serving.stop(0))
  return { clock, url, beginToEnd: () => ending(world).abort(), stop: () => serving.stop(25_000) }
}

/** Connections with these bytes sent, on a server that then begins to stop and has 25 s for it. */
async function stoppedWhile(opening: readonly string[], begin: (one: RawConnection) => void = () => {}) {
  const { clock, url, beginToEnd, stop } = await served()
  const connections: RawConnection[] = []
  for (const bytes of opening) {
    const connection = await openRaw(url)
    begin(connection)
    connection.write(bytes)
    connections.push(connection)
  }
  // Everything sent before has arrived once the server answers a later request.
  assert.equal((await clientAt(url).get('/healthz')).status, 200)
  beginToEnd()
  const stopped = stop()
  await untilPortIsClosed(url)
  return { clock, connections, stopped }
}

async function untilPortIsClosed(url: string): Promise<void> {
  const isOpen = () =>
    openRaw(url).then(
      ({ hangUp }) => {
        hangUp()
        return true
      },
      () => false,
    )
  while (await isOpen());
}

test('while a draining server still listens, an idle connection is kept for its next request', async () => {
  const { url, beginToEnd } = await served()
  const kept = await openRaw(url)
  kept.write(health)
  await kept.answered
  beginToEnd()
  for (const _ of [1, 2]) assert.equal((await clientAt(url).get('/healthz')).status, 200)
  kept.write(health)
  const connections = [...(await kept.said).matchAll(/^connection: (.*)\r$/gim)].map(([, said]) => said)
  assert.deepEqual(connections, ['keep-alive', 'close'])
})

test('a stopping server closes a connection without a request after half a second', async () => {
  const { clock, connections, stopped } = await stoppedWhile([''])
  clock.forward(500)
  await stopped
  assert.equal(await connections[0]?.said, '')
})

test('a stopping server closes a connection with incomplete headers after half a second', async () => {
  const { clock, connections, stopped } = await stoppedWhile(['GET /healthz HTTP/1.1\r\nHost: loc'])
  clock.forward(500)
  await stopped
  assert.equal(await connections[0]?.said, '')
})

test('a stopping server answers a request that arrives within half a second', async () => {
  const { clock, connections, stopped } = await stoppedWhile([''])
  clock.forward(499)
  connections[0]?.write(health)
  assert.match((await connections[0]?.said) ?? '', /^HTTP\/1\.1 200 .*^connection: close/ims)
  await stopped
})

test('a stopping server waits for a request in flight, and aborts it after the time limit', async () => {
  const begun = `${signIn}Content-Length: ${body.length}\r\n\r\n`
  const { clock, connections, stopped } = await stoppedWhile([begun, begun])
  clock.forward(500)
  connections[0]?.write(body)
  assert.match((await connections[0]?.said) ?? '', /^HTTP\/1\.1 401 .*^connection: close/ims)
  clock.forward(24_500)
  await stopped
  assert.equal(await connections[1]?.said, '')
})

test('a stopping server sends responses to a slow reader completely', async () => {
  // More than fits into the buffers between client and server.
  const many = 'GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200)
  const { connections, stopped } = await stoppedWhile([many], ({ pause }) => pause())
  connections[0]?.resume()
  const answers = ((await connections[0]?.said) ?? '').split('HTTP/1.1 200 OK\r\n').slice(1)
  assert.notEqual(answers.length, 0)
  for (const answer of answers) JSON.parse(answer.slice(answer.indexOf('{')))
  await stopped
})
