import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Patience, takePort } from '#src/server/serve.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { openRaw } from '#test/support/raw-socket.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const endless: Patience = { requestTimeout: 0, connectionsCheckingInterval: 10, silence: 0 }

/** A server whose own clock stands still, so that only the given time limits end anything. */
async function served(patience: Partial<Patience>) {
  const world = await openTestWorld(await freshDatabaseUrl('sqlite'), { clock: testClock() })
  const port = await takePort(world.settings, { ...endless, ...patience })
  const serving = port.answer(world)
  after(() => serving.stop(0))
  return { url: `http://localhost:${port.number}`, serving }
}

const host = 'Host: localhost\r\n'
const health = `GET /healthz HTTP/1.1\r\n${host}\r\n`
const signIn = `POST /api/v1/auth/signin HTTP/1.1\r\n${host}Content-Type: application/json\r\n`

const slow: Record<string, string> = {
  'sends nothing at all': '',
  'does not end its first line': 'GET /heal',
  'does not end its headers': `GET /healthz HTTP/1.1\r\n${host}X: `,
  'sends no body': `${signIn}Content-Length: 50\r\n\r\n`,
  'does not end its body': `${signIn}Content-Length: 50\r\n\r\n{"login":`,
  'does not end its chunks': `${signIn}Transfer-Encoding: chunked\r\n\r\n5\r\n{"log\r\n`,
}

test('a client that does not complete its request gets 408 and its connection is closed', async () => {
  const { url } = await served({ requestTimeout: 100 })
  for (const [what, bytes] of Object.entries(slow)) {
    const { write, said } = await openRaw(url)
    write(bytes)
    assert.match(await said, /^HTTP\/1\.1 408 .*^connection: close\r\n\r\n$/ims, what)
  }
  assert.equal((await clientAt(url).get('/healthz')).status, 200)
})

test('an incomplete second request on a connection closes it without a response', async () => {
  const { url } = await served({ requestTimeout: 100 })
  const { write, said } = await openRaw(url)
  write(`${health}${slow['sends no body']}`)
  const statuses = [...(await said).matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)
  assert.deepEqual(statuses, ['200'])
})

test('a client that reads none of its responses is disconnected', async () => {
  const { url, serving } = await served({ silence: 100 })
  const stalled = await openRaw(url)
  stalled.pause()
  // More than fits into the buffers between client and server.
  stalled.write(`GET /openapi.json HTTP/1.1\r\n${host}\r\n`.repeat(200))
  assert.equal((await clientAt(url).get('/healthz')).status, 200)
  await serving.stop(60_000)
})
