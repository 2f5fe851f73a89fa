import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { keepNode } from '#src/revocations/lease/keep-lease.ts'
import { renewEveryMs } from '#src/revocations/lease/lease.ts'
import { logPort } from '#src/revocations/lease/log-port.ts'
import { RevocationNode } from '#src/revocations/lease/node.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { capturedLog } from '#test/support/captured-log.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

onBothEngines('a node whose database does not reply', (engine) => {
  test('a node logs once that its lease cannot be renewed, and once that it is renewed again', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    const { log, lines } = capturedLog()
    const logged = () => lines.map(({ msg }) => msg)
    const held = Promise.withResolvers<void>()
    const port = logPort(world)
    let isAnswering = true
    const beat: typeof port.beat = async (id, now) => {
      if (!isAnswering) await held.promise
      return port.beat(id, now)
    }
    const outside = { ...revocationNode(world).outside, isAlone: false, port: { ...port, beat } }
    const node = new RevocationNode(outside)
    const keeping = await keepNode(node, log)
    isAnswering = false
    const { leaseMs } = outside
    clock.forward(renewEveryMs(leaseMs))
    clock.forward(leaseMs - 1)
    assert.deepEqual(logged(), [])
    clock.forward(1)
    clock.forward(leaseMs)
    const failed = 'Cannot renew the revocation lease; once it ends, tokens are rejected'
    assert.deepEqual(logged(), [failed])
    isAnswering = true
    held.resolve()
    while (lines.length < 2) await soon()
    await keeping.stop()
    assert.deepEqual(logged(), [failed, 'The revocation lease is renewed again'])
  })
})
