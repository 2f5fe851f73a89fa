import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import type { Clock } from '#src/platform/clock.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { end } from '#src/sessions/end.ts'
import { authenticator } from '#src/tokens/authenticate.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { pairOf, personWithRoles } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run this through npm test'

test('a logout waits for a node whose hints and renewals are held up', { skip }, async () => {
  const { logOut, saysOther, leaseMs } = await twoNodes(async () => {})
  const waitedMs = await logOut()
  assert.equal(saysOther(), 'cannot_tell')
  assert.ok(waitedMs > leaseMs && waitedMs < leaseMs + 100, `waited ${waitedMs} ms`)
})

test('a logout waits no longer than until that node says that it has heard', { skip }, async () => {
  const { logOut, saysOther } = await twoNodes(async (other) => {
    await other.catchUp()
    await other.acknowledge()
  })
  const waitedMs = await logOut()
  assert.equal(saysOther(), 'revoked')
  assert.ok(waitedMs < 10, `waited ${waitedMs} ms`)
})

type Node = ReturnType<typeof revocationNode>

/**
 * Two nodes that are sure, and a token that both accept. Nothing renews by itself and no hint is heard; what
 * the other one does, it does while the one that ends the session waits.
 */
async function twoNodes(meanwhile: (other: Node) => Promise<void>) {
  const place = await freshDatabaseUrl('postgres')
  const env = {
    SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    SIGIL_PUBLIC_URL: 'http://localhost:8000',
  }
  const clock = waitedClock(() => meanwhile(revocationNode(other)))
  const [one, other] = [
    await openTestWorld(place, { clock, env }),
    await openTestWorld(place, { clock, env }),
  ]
  const pair = await pairOf(one, await personWithRoles(one, ['default_user']))
  const saysOther = () => authenticator(other)(pair.accessToken).kind
  await revocationNode(one).renew()
  await revocationNode(other).renew()
  assert.equal(saysOther(), 'accepted')
  return {
    saysOther,
    leaseMs: other.settings.revocationLeaseMs,
    async logOut() {
      const { propagated } = await end(one, { sessionId: pair.sessionId, reason: 'logout', by: bySystem })
      const { everywhere, waitedMs } = await propagated
      assert.equal(everywhere, true)
      return waitedMs
    },
  }
}

/** A clock that goes on only when somebody waits for it, after what happens meanwhile. */
function waitedClock(meanwhile: () => Promise<void>): Clock {
  const clock = testClock()
  return {
    ...clock,
    after(ms, act) {
      let isWaitedFor = true
      const cancel = clock.after(ms, act)
      void meanwhile().then(() => isWaitedFor && clock.forward(ms))
      return () => {
        isWaitedFor = false
        cancel()
      }
    },
  }
}
