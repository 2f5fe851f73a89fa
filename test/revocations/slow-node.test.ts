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

test('a logout waits until the lease of a silent node has ended', { skip }, async () => {
  const { logOut, kindAtOther, leaseMs } = await twoNodes(async () => {})
  const waitedMs = await logOut()
  assert.equal(kindAtOther(), 'cannot_tell')
  assert.ok(waitedMs > leaseMs && waitedMs < leaseMs + 100, `waited ${waitedMs} ms`)
})

test('a logout is answered as soon as that node acknowledges it', { skip }, async () => {
  const { logOut, kindAtOther } = await twoNodes(async (other) => {
    await other.catchUp()
    await other.acknowledge()
  })
  const waitedMs = await logOut()
  assert.equal(kindAtOther(), 'revoked')
  assert.ok(waitedMs < 10, `waited ${waitedMs} ms`)
})

type Node = ReturnType<typeof revocationNode>

/**
 * Two nodes with a lease, and a token that both accept. Nothing is renewed in the background and no hint is
 * received; `meanwhile` is what the other node does while the first one waits.
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
  const kindAtOther = () => authenticator(other)(pair.accessToken).kind
  await revocationNode(one).renew()
  await revocationNode(other).renew()
  assert.equal(kindAtOther(), 'accepted')
  return {
    kindAtOther,
    leaseMs: other.settings.revocationLeaseMs,
    async logOut() {
      const { sessionId, user } = pair
      const { propagated } = await end(one, { sessionId, userId: user.id, reason: 'logout', by: bySystem })
      const { everywhere, waitedMs } = await propagated
      assert.equal(everywhere, true)
      return waitedMs
    },
  }
}

/** A clock that advances only when something waits for it, after `meanwhile` is done. */
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
