import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveSessions, statisticsOf } from '#src/administration/statistics.ts'
import { sql } from '#src/store/sql.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { openMany } from '#test/support/many-sessions.ts'
import { personWithRoles } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const hourMs = 60 * 60 * 1000

onBothEngines('statistics', (engine) => {
  test('statistics count attempts by outcome, and users, in the right interval', async () => {
    const { world } = await startServer(engine)
    const { id } = await personWithRoles(world, ['default_user'])
    const now = world.clock.now()
    const beforeLast = (Math.floor(now / hourMs) - 1) * hourMs
    const rows = [
      ['a', beforeLast, 'signed_in', 1],
      ['b', beforeLast + hourMs - 1, 'signed_in', 1],
      ['c', beforeLast + 5, 'wrong_credentials', 3],
      ['d', beforeLast + 6, 'limited', 40],
      ['e', beforeLast - 1, 'wrong_code', 1],
    ] as const
    for (const [name, at, outcome, attempts] of rows) {
      await world.db.query(sql`insert into sign_ins
        (id, user_id, at, outcome, method, attempts, address, user_agent)
        values (${name}, ${id}, ${at}, ${outcome}, 'password', ${attempts}, '192.0.2.1', '')`)
    }
    const slots = await statisticsOf(world, '24h')
    assert.equal(slots.length, 24)
    assert.equal(slots.at(-1)?.at, Math.floor(now / hourMs) * hourMs)
    const { signedIn, wrongCredentials, limited, wrongCode, activeUsers } = slots.at(-2) ?? {}
    assert.deepEqual([signedIn, wrongCredentials, limited, wrongCode, activeUsers], [2, 3, 40, 0, 1])
    assert.equal(slots.at(-3)?.wrongCode, 1)
    assert.equal(slots.at(-1)?.signUps, 1)
    const days = await statisticsOf(world, '30d')
    assert.equal(
      days.reduce((sum, slot) => sum + slot.signedIn, 0),
      2,
    )
    assert.deepEqual(await statisticsOf(world, '24h'), slots)
  })

  test('live sessions are counted without ended and expired ones', async () => {
    const { world } = await startServer(engine)
    const { id } = await personWithRoles(world, ['default_user'])
    await openMany(world, id, 5)
    await world.db.query(sql`update sessions set ended_at = 1, ended_reason = 'logout'
      where id = (select min(id) from sessions)`)
    await world.db.query(sql`update sessions set expires_at = 1 where id = (select max(id) from sessions)`)
    assert.equal(await liveSessions(world), 3)
  })
})
