import assert from 'node:assert/strict'
import { test } from 'node:test'
import { factorAdoption } from '#src/administration/adoption.ts'
import { liveSessionsOver } from '#src/administration/live-sessions.ts'
import { quantileOf } from '#src/administration/quantile.ts'
import { type Period, periods, spansOf } from '#src/administration/statistics.ts'
import { sql } from '#src/store/sql.ts'
import { fillConsole } from '#test/support/busy-server.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { openSessions, settle } from '#test/support/lived-in-user.ts'
import { personWithRoles } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const hourMs = 60 * 60 * 1000

onBothEngines('statistics that are derived from rows', (engine) => {
  test('the number of live sessions at every past moment matches a count in SQL', async () => {
    const { world } = await startServer(engine)
    const { query } = world.db
    const { id } = await personWithRoles(world, ['default_user'])
    await openSessions(world, id, 40)
    const rows = await query(sql`select id, created_at from sessions order by created_at`)
    // Some ended, some expired, some began and ended exactly at the beginning of an interval.
    const starts = spansOf('7d', world.clock.now()).map(({ from }) => from)
    for (const [index, row] of rows.entries()) {
      const at = Number(row.created_at)
      const start = starts[index % starts.length] ?? 0
      if (index % 4 === 0)
        await query(sql`update sessions set ended_at = ${at + hourMs * index}, ended_reason = 'logout'
          where id = ${row.id as string}`)
      if (index % 4 === 1)
        await query(sql`update sessions set expires_at = ${at + hourMs} where id = ${row.id as string}`)
      if (index % 4 === 2)
        await query(sql`update sessions set created_at = ${start}, expires_at = ${start + 12 * hourMs},
          last_expires_at = ${start + 90 * 24 * hourMs} where id = ${row.id as string}`)
    }
    for (const period of Object.keys(periods) as Period[]) {
      const counted = await liveSessionsOver(world, period)
      const expected = []
      for (const { from: at } of spansOf(period, world.clock.now())) {
        const [row] = await query(sql`select count(*) as live from sessions
          where created_at <= ${at} and expires_at > ${at} and (ended_at is null or ended_at > ${at})`)
        expected.push({ at, live: Number(row?.live) })
      }
      assert.deepEqual(counted, expected, period)
      assert.ok(period === '24h' || counted.some(({ live }) => live !== counted[0]?.live), period)
    }
  })

  test('users are counted by sign-in method, each user once', async () => {
    const { world } = await startServer(engine)
    const [one, other] = [
      await personWithRoles(world, ['default_user']),
      await personWithRoles(world, ['default_user']),
    ]
    const { clientId } = await fillConsole(world, one.id)
    await settle(world, { userId: one.id, clientId })
    await world.db.query(sql`insert into totp_secrets
        (user_id, sealed, name, bound_to, created_at, confirmed_at)
      values (${other.id}, 'sealed', '', '', 1, null)`)
    assert.deepEqual(await factorAdoption(world), { users: 2, passkey: 1, totp: 1, upstream: 1, strong: 1 })
  })
})

test('a quantile is estimated within its bucket, and is unknown without values', () => {
  const buckets = [
    { upTo: 0.1, count: 50 },
    { upTo: 0.2, count: 90 },
    { upTo: 1, count: 90 },
    { upTo: Number.POSITIVE_INFINITY, count: 100 },
  ]
  assert.equal(quantileOf(buckets, 0.5), 0.1)
  assert.ok(Math.abs((quantileOf(buckets, 0.7) ?? 0) - 0.15) < 1e-9)
  assert.equal(quantileOf(buckets, 0.99), Number.POSITIVE_INFINITY)
  assert.equal(quantileOf([{ upTo: 1, count: 0 }], 0.5), undefined)
})
