import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '#test/support/engines.ts'
import { spawnServer } from '#test/support/processes.ts'
import { openRaw } from '#test/support/raw-socket.ts'

const health = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'

onBothEngines('the accept queue at SIGTERM', (engine) => {
  test('requests that arrived before a SIGTERM are answered, even those not yet accepted', async () => {
    const server = await spawnServer(await engine.freshPlace(), { SIGIL_DRAIN_DELAY: '0s' })
    // While the process is stopped, the kernel completes connections and queues them.
    process.kill(server.pid, 'SIGSTOP')
    const connections = await Promise.all(Array.from({ length: 30 }, () => openRaw(server.url)))
    for (const connection of connections) connection.write(health)
    process.kill(server.pid, 'SIGTERM')
    process.kill(server.pid, 'SIGCONT')
    const answers = await Promise.all(connections.map(({ said }) => said))
    const statuses = answers.map((answer) => answer.slice(0, 12))
    assert.deepEqual(statuses, Array(30).fill('HTTP/1.1 200'))
  })
})
