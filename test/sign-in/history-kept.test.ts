import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { cleanSessions } from '#src/sessions/clean.ts'
import { signIn } from '#src/sign-in/sign-in.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { personWithRoles } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const dayMs = 24 * 60 * 60 * 1000
const client = { address: '192.0.2.1', userAgent: 'test' }

async function failAs(world: World, login: string): Promise<void> {
  const attempt = {
    login,
    password: 'wrong',
    client,
    forPages: false,
    knownBrowser: undefined,
    trustedDevice: undefined,
    by: bySystem,
  }
  await assert.rejects(signIn(world, attempt), { code: 'wrong_credentials' })
}

async function rowsOf(world: World): Promise<unknown[]> {
  return (await world.db.query(sql`select user_id from sign_ins order by at`)).map((row) => row.user_id)
}

onBothEngines('retention of failed sign-ins', (engine) => {
  test('a failed sign-in is kept for a year, or for a day if the login is unknown', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    const user = await personWithRoles(world, ['default_user'])
    await failAs(world, user.email)
    await failAs(world, 'nobody@example.org')
    clock.forward(dayMs)
    assert.equal(await cleanSessions(world, 500), 0)
    assert.deepEqual(new Set(await rowsOf(world)), new Set([user.id, null]))
    clock.forward(1)
    assert.equal(await cleanSessions(world, 500), 1)
    assert.deepEqual(await rowsOf(world), [user.id])
    clock.forward(364 * dayMs)
    assert.equal(await cleanSessions(world, 500), 1)
    assert.deepEqual(await rowsOf(world), [])
  })
})
