import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ending } from '../../../src/world/ending.ts'
import { clientAt } from '../../../test/support/client.ts'
import { onBothEngines } from '../../../test/support/engines.ts'
import { arrived, logOut, signedIn, signedUp } from '../../../test/support/people.ts'
import { startServer } from '../../../test/support/server.ts'
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
    const server = await startServer(engine, { SIGIL_REVOCATION_LEASE: '30s' })
    const verifiers = [await attached(server), await attached(server), await attached(server)]
    const client = clientAt(server.url)
    const { session } = await arrived(client)
    await logOut(client, session.access_token)
    // The logout returned once polls acknowledged it; these are held now, for a quarter of the lease.
    const began = performance.now()
    await server.stop()
    const tookMs = performance.now() - began
    assert.ok(tookMs < 3000, `It took ${tookMs} ms.`)
    for (const verifier of verifiers) assert.equal(await verdictOf(verifier, session.access_token), 'revoked')
  })
})
