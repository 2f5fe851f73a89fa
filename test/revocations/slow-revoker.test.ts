import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { grantRole } from '#src/accounts/grant-role.ts'
import { revokeKey } from '#src/administration/revoke-key.ts'
import { byCli } from '#src/audit/by.ts'
import { systemClock } from '#src/platform/clock.ts'
import { revocationsNext } from '#src/revocations/log/revocations.sql.ts'
import { endOthers } from '#src/sessions/end.ts'
import type { World } from '#src/world/world.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { personWithRoles, signedIn } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld, serveTestWorld } from '#test/support/test-world.ts'

const minuteMs = 60_000
const slowMs = 10 * minuteMs

/** How long the log keeps a revocation, by a correct clock. */
async function keptForMinutes({ db }: World): Promise<number[]> {
  const entries = await revocationsNext(db.query, { after: 0, max: 100 })
  return entries.map(({ expiresAt }) => Math.round((expiresAt - systemClock.now()) / minuteMs))
}

onBothEngines('revocations by a slow clock', (engine) => {
  test('every kind of revocation outlives the tokens of a server with a correct clock', async () => {
    const clock = testClock()
    let slow = 0
    const wall = { ...clock, now: () => clock.now() - slow }
    const { url, world } = await serveTestWorld(engine, { clock: wall })
    const person = await personWithRoles(world, ['default_user'])
    const client = clientAt(url)
    const [one, other] = [await signedIn(client, person), await signedIn(client, person)]
    slow = slowMs
    const { refresh_token } = one
    assert.equal((await client.post('/api/v1/auth/logout', { refresh_token })).status, 204)
    await endOthers(world, { userId: person.id, spared: '', by: byCli })
    await grantRole(world, { userId: person.id, role: 'guest', by: byCli })
    await disable(world, { userId: person.id, by: byCli })
    await revokeKey(world, { id: world.keys.signingKey().id, by: byCli })
    assert.notEqual(other.session_id, one.session_id)
    // From the two minutes in advance up to which tokens may be dated.
    assert.deepEqual(
      await keptForMinutes(world),
      Array.from({ length: 5 }, () => 67),
    )
  })

  test('a command compares its clock with the clock of the database before it revokes', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock: { ...clock, now: () => clock.now() - slowMs } })
    const person = await personWithRoles(world, ['default_user'])
    await disable(world, { userId: person.id, by: byCli })
    // With SQLite there is no other clock, and without a token there is nothing to outlive.
    const minutes = engine.dialect === 'postgres' ? 65 : 55
    assert.deepEqual(await keptForMinutes(world), [minutes])
  })

  test('a revocation by a fast clock is kept longer, not shorter', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock: { ...clock, now: () => clock.now() + slowMs } })
    const person = await personWithRoles(world, ['default_user'])
    await disable(world, { userId: person.id, by: byCli })
    assert.deepEqual(await keptForMinutes(world), [75])
  })
})
