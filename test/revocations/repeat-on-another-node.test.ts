import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { systemClock } from '#src/platform/clock.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { end } from '#src/sessions/end.ts'
import { authenticator } from '#src/tokens/authenticate.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { pairOf, personWithRoles } from '#test/support/people.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const needsPostgres = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run this through npm test'

test('a node has applied a logout when it answers a repeated call', { skip: needsPostgres }, async () => {
  const place = await freshDatabaseUrl('postgres')
  const env = {
    SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    SIGIL_PUBLIC_URL: 'http://localhost:8000',
  }
  // No background work: neither node renews or receives hints.
  const one = await openTestWorld(place, { clock: systemClock, env })
  const other = await openTestWorld(place, { clock: systemClock, env })
  const pair = await pairOf(one, await personWithRoles(one, ['default_user']))
  await revocationNode(one).ensureLease()
  await revocationNode(other).ensureLease()
  assert.equal(authenticator(other)(pair.accessToken).kind, 'accepted')

  const ending = {
    sessionId: pair.sessionId,
    userId: pair.user.id,
    reason: 'logout',
    by: bySystem,
  } as const
  const first = await end(one, ending)
  const repeat = await end(other, ending)
  await repeat.propagated
  assert.equal(authenticator(other)(pair.accessToken).kind, 'revoked')
  assert.equal((await first.propagated).everywhere, true)
})
