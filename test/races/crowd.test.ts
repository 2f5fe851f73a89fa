import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { byCli } from '#src/audit/by.ts'
import { endOthers, maxAtOnce } from '#src/sessions/end.ts'
import { maxSessions } from '#src/sessions/session.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { assertAlive, liveSessions } from '#test/races/judge.ts'
import { onEveryStage } from '#test/races/stage.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { openMany } from '#test/support/many-sessions.ts'
import { goodPassword, personWithRoles, sessionIn, signedUp, signIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const ada = { email: 'ada@example.org', password: goodPassword }
const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run through npm test'

onEveryStage('the session limit', (setUp) => {
  test('twenty concurrent sign-ins with room for five all succeed and keep the session limit', async () => {
    const stage = await setUp()
    const { id } = await signedUp(stage.nodeFor(0), ada)
    await openMany(stage.world, id, maxSessions - 5)
    const answers = await atOnce(20, (index) => signIn(stage.nodeFor(index), ada))
    assert.deepEqual(tally(answers), { '200': 20 })
    assert.equal(await liveSessions(stage.world, ada.email), maxSessions)
    for (const answer of answers) await assertAlive(stage, sessionIn(answer))
  })
})

test('ending all other sessions during a sign-in does not deadlock', { skip }, async () => {
  const { world } = await startServer(await freshDatabaseUrl('postgres'))
  const { id: userId } = await personWithRoles(world, ['default_user'])
  // Too many to be revoked one by one, so they are revoked by the signature of the user.
  await openMany(world, userId, maxAtOnce + 1)
  const [isHeld, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const signingIn = world.db.transaction(async (query) => {
    await query(sql`update users set state = state where id = ${userId}`)
    isHeld.resolve()
    await free.promise
    return query(sql`select id from sessions where user_id = ${userId} for update nowait`)
  })
  await isHeld.promise
  const ending = endOthers(world, { userId, spared: '', by: byCli })
  while (!(await isAnyoneWaiting(world))) await soon()
  free.resolve()
  assert.equal((await signingIn).length, maxAtOnce + 1)
  assert.equal((await ending).ended, maxAtOnce + 1)
})

async function isAnyoneWaiting({ db }: World): Promise<boolean> {
  const rows = await db.query(sql`select pid from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`)
  return rows.length > 0
}
