import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { startServer } from '#test/support/server.ts'
import { sigil } from '#test/support/sigil.ts'

function healthcheck(port: number | string, host = '127.0.0.1') {
  return sigil(['healthcheck'], { env: { SIGIL_PORT: String(port), SIGIL_HOST: host } })
}

test('healthcheck exits with 0 for a ready server, on any host', async () => {
  const { url } = await startServer(await freshDatabaseUrl('sqlite'))
  for (const host of ['127.0.0.1', '0.0.0.0', 'localhost']) {
    const { code, stdout } = await healthcheck(new URL(url).port, host)
    assert.deepEqual([code, stdout], [0, 'ready\n'])
  }
})

test('healthcheck exits with 1 if no server is listening', async () => {
  const { code, stderr } = await healthcheck(await freePort())
  assert.equal(code, 1)
  assert.match(stderr, /does not answer/)
})

test('healthcheck exits with 1 for every status except 200', async () => {
  let status = 503
  let body = ''
  const server = createServer((_request, response) => response.writeHead(status, { location: '/' }).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  const { port } = server.address() as AddressInfo
  for (status of [503, 500, 404, 302, 204]) assert.equal((await healthcheck(port)).code, 1, String(status))
  status = 503
  const passed = { name: 'migrated', ok: true }
  body = JSON.stringify({ checks: [{ name: 'clock_sane', ok: false }, passed] })
  assert.match((await healthcheck(port)).stderr, /answers with status 503 \(clock_sane\)\.$/m)
})

test('healthcheck exits with 3 for an invalid setting', async () => {
  assert.equal((await healthcheck('high')).code, 3)
})
