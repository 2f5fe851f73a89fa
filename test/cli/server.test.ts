import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { decodeJwt } from 'jose'
import { start } from '#src/cli/start.ts'
import { readSettings } from '#src/settings/settings.ts'
import { silentLog } from '#src/telemetry/log.ts'
import { ending } from '#src/world/ending.ts'
import { clientAt, keptClientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines, type Place } from '#test/support/engines.ts'
import { arrived } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { startServer } from '#test/support/server.ts'
import { envOf, sigil } from '#test/support/sigil.ts'
import { tcpProxyTo } from '#test/support/tcp-proxy.ts'

const main = fileURLToPath(import.meta.resolve('#src/main.js'))
const production = { SIGIL_PUBLIC_URL: 'http://localhost:8000', SIGIL_PORT: '0' }

onBothEngines('a server on a free port', (engine) => {
  test('a server with port 0 puts its real port into its tokens', async () => {
    const { url } = await startServer(engine)
    assert.doesNotMatch(url, /:0$/)
    const { session } = await arrived(clientAt(url))
    const { iss, aud } = decodeJwt(session.access_token)
    assert.deepEqual([iss, aud], [url, url])
  })
})

test('a public URL in the settings is not changed by the port', async () => {
  const server = await startServer(await freshDatabaseUrl('sqlite'), {
    SIGIL_PUBLIC_URL: 'https://auth.example.org',
  })
  assert.equal(server.world.settings.publicUrl, 'https://auth.example.org')
  assert.notEqual(server.world.settings.port, 0)
})

onBothEngines('stopping a server', ({ freshPlace }) => {
  test('a stopped server exits with 0 and can start again', async () => {
    const place = await freshPlace()
    for (const _ of [1, 2]) assert.equal(await (await spawnServer(place, envOf(place))).stop(), 0)
  })
})

test('a draining server is not ready, closes connections and still answers', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const server = await startServer(place)
  const client = keptClientAt(server.url)
  const before = await client.get('/readyz')
  assert.deepEqual([before.status, before.headers.connection], [200, 'keep-alive'])
  ending(server.world).abort()
  const during = await client.get('/readyz')
  assert.deepEqual([during.status, during.headers.connection, during.body.code], [503, 'close', 'draining'])
  // Requests are still answered until the load balancers react.
  assert.equal((await client.get('/healthz')).status, 200)
})

test('a stopping server finishes requests in flight and accepts no new ones', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const server = await startServer(place)
  const { hostname, port } = new URL(server.url)
  const body = JSON.stringify({ login: 'nobody', password: 'wrong password 17' })
  const slow = request({
    hostname,
    port,
    method: 'POST',
    path: '/api/v1/auth/signin',
    agent: new Agent({ keepAlive: true }),
  })
  slow.setHeader('content-type', 'application/json').setHeader('content-length', Buffer.byteLength(body))
  const connected = new Promise<void>((resolve) =>
    slow.once('socket', (socket) => socket.once('connect', resolve)),
  )
  slow.write(body.slice(0, 5))
  await connected
  // Once a later request is answered, the headers of the first one have arrived.
  assert.equal((await clientAt(server.url).get('/healthz')).status, 200)
  const stopped = server.stop()
  await refusedAt(server.url)
  slow.end(body.slice(5))
  const [response] = await once(slow, 'response')
  assert.equal(response.statusCode, 401)
  assert.equal(response.headers.connection, 'close')
  response.resume()
  await stopped
})

test('a second signal ends the server at once', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const server = await spawnServer(place, { SIGIL_DRAIN_DELAY: '5m' })
  process.kill(server.pid, 'SIGTERM')
  const client = clientAt(server.url)
  while ((await client.get('/readyz')).status !== 503);
  assert.equal(await server.stop(), 143)
})

test('in production standard output is JSON lines, and one reports that the server is ready', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const { server, lines } = await startedInProduction(place)
  const ready = lines().find(({ msg }) => msg === 'Sigil is ready')
  assert.equal(ready?.url, production.SIGIL_PUBLIC_URL)
  assert.match(ready?.version ?? '', /^\d+\.\d+\.\d+$/)
  const again = await sigil(['start'], { place, env: { ...production, SIGIL_PORT: String(ready?.port) } })
  assert.equal(again.code, 1)
  const last = again.stdout.trim().split('\n').map(parsed).at(-1)
  assert.deepEqual([last?.level, last?.msg.slice(0, 15)], ['fatal', 'Another process'])
  server.kill('SIGTERM')
  await once(server, 'close')
  assert.equal(lines().at(-1)?.msg, 'Sigil has stopped')
})

test('a server waits for a PostgreSQL that starts later, and logs it', async () => {
  const place = await freshDatabaseUrl('postgres')
  const proxy = await tcpProxyTo(place.databaseUrl ?? '')
  after(() => proxy.close())
  proxy.cut()
  const env = { SIGIL_DATABASE_URL: proxy.through(place.databaseUrl ?? ''), SIGIL_PORT: '0' }
  const read = readSettings({ ...env, SIGIL_DATA_DIR: place.dataDir }, 'development')
  if (read.kind === 'problems') assert.fail(read.problems.join('\n'))
  const warnings: string[] = []
  const warn = (_fields: unknown, message: string) => {
    warnings.push(message)
    proxy.mend()
  }
  const running = await start(read.settings, { ...silentLog, warn })
  after(running.stop)
  assert.deepEqual(warnings.slice(0, 1), ['PostgreSQL cannot be reached yet; retrying'])
  assert.equal((await clientAt(running.world.settings.publicUrl).get('/readyz')).status, 200)
})

type Line = { level: string; msg: string; url?: string; version?: string; port?: number }

function parsed(line: string): Line {
  return JSON.parse(line) as Line
}

async function startedInProduction(place: Place) {
  const env = { PATH: process.env.PATH ?? '', ...envOf(place), ...production }
  const server = spawn(process.execPath, [main, 'start'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  after(() => server.kill('SIGKILL'))
  let text = ''
  const lines = () => text.split('\n').slice(0, -1).map(parsed)
  await new Promise<void>((resolve) => {
    server.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      if (text.includes('Sigil is ready')) resolve()
    })
    server.once('close', () => resolve())
  })
  return { server, lines }
}

/** Resolves when no server is listening. */
async function refusedAt(url: string): Promise<void> {
  const client = clientAt(url)
  const isAnswered = () =>
    client.get('/healthz').then(
      () => true,
      () => false,
    )
  while (await isAnswered());
}
