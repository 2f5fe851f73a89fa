import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byCli } from '../../../src/audit/by.ts'
import { addVerifier } from '../../../src/revocations/verifier-keys.ts'
import { ending } from '../../../src/world/ending.ts'
import { clientAt } from '../../../test/support/client.ts'
import { onBothEngines } from '../../../test/support/engines.ts'
import { arrived, logOut, signedIn, signedUp } from '../../../test/support/people.ts'
import { startServer } from '../../../test/support/server.ts'
import { testClock } from '../../../test/support/test-clock.ts'
import { serveTestWorld } from '../../../test/support/test-world.ts'
import { attached, verdictOf } from './support/attached.ts'

onBothEngines('stopping a server with verifiers', (engine) => {
  test('a draining server keeps renewing leases and sending revocations', async () => {
    const server = await startServer(engine)
    const verifier = await attached(server, { stale: 'deny' })
    const client = clientAt(server.url)
    ending(server.world).abort()
    const person = await signedUp(client)
    for (let times = 0; times < 3; times++) {
      const { access_token: token } = await signedIn(client, person)
      assert.equal(await verdictOf(verifier, token), 'good')
      await logOut(client, token)
      assert.throws(() => verifier.verifySync(token), { code: 'revoked' })
    }
    assert.deepEqual([verifier.state().lease, verifier.state().failures], ['held', 0])
  })

  test('a server stops immediately even though it holds polls', async () => {
    // Its clock stands still: by themselves, held polls would never end.
    const server = await serveTestWorld(engine, { clock: testClock() })
    const verifiers = [await attached(server), await attached(server), await attached(server)]
    const client = clientAt(server.url)
    const { session } = await arrived(client)
    await logOut(client, session.access_token)
    // The logout returned once polls acknowledged it. The next ones are held, like those of a verifier that
    // would wait forever.
    const key = (await addVerifier(server.world, { name: 'patient', by: byCli }))?.key ?? ''
    const poll = async (more: object) => {
      const asked = { after: 1, ack: 1, ...more }
      const { body } = await client.post('/api/v1/revocations/poll', asked, { bearer: key })
      return body as unknown as { holder: string; head: number }
    }
    const { holder, head } = await poll({ wait_ms: 0 })
    const held = poll({ holder, wait_ms: 30_000 })
    assert.equal(head, 1)
    ending(server.world).abort()
    assert.equal((await held).head, head)
    await server.stop()
    for (const verifier of verifiers) assert.equal(await verdictOf(verifier, session.access_token), 'revoked')
  })
})
