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

/** For how long the log holds what was revoked, by a clock that is right. */
async function keptForMinutes({ db }: World): Promise<number[]> {
  const entries = await revocationsNext(db.query, { after: 0, max: 100 })
  return entries.map(({ expiresAt }) => Math.round((expiresAt - systemClock.now()) / minuteMs))
}

onBothEngines('what a server with a slow clock revokes', (engine) => {
  // Beside SQLite nobody has another clock, and tokens expire by the same one.
  const minutes = engine.dialect === 'postgres' ? 65 : 55

  test('is in the log for as long as any token can live, whatever was revoked', async () => {
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
    assert.deepEqual(
      await keptForMinutes(world),
      Array.from({ length: 5 }, () => minutes),
    )
  })

  test('is so for a command too, which is no server and looks at the clock for this alone', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock: { ...clock, now: () => clock.now() - slowMs } })
    const person = await personWithRoles(world, ['default_user'])
    await disable(world, { userId: person.id, by: byCli })
    assert.deepEqual(await keptForMinutes(world), [minutes])
  })

  test('is kept no shorter by a fast clock', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock: { ...clock, now: () => clock.now() + slowMs } })
    const person = await personWithRoles(world, ['default_user'])
    await disable(world, { userId: person.id, by: byCli })
    assert.deepEqual(await keptForMinutes(world), [75])
  })
})
