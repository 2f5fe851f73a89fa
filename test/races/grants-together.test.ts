import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOneGrant } from '#src/apps/end-grant.ts'
import { bySystem } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import { textOf } from '#src/store/statement.ts'
import type { World } from '#src/world/world.ts'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { newGrant, refreshed, type TestGrant } from '#test/support/grants.ts'
import { holdTransaction } from '#test/support/held-transaction.ts'
import { arrived } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

/* On PostgreSQL, refreshes of apps that wait at the same time share a statement. */
onBothEngines('refreshes of apps that share a statement', (engine) => {
  test('refreshes of apps at once: ended grants and old tokens are rejected, all others rotate', async () => {
    const { world, grants } = await stage(engine, 12)
    const [gone, stolen, foreign, locked, ...others] = grants
    assert.ok(gone && stolen && foreign && locked)
    await (await endOneGrant(world, { id: gone.id, reason: 'revoked', by: bySystem })).propagated
    const second = await refreshed(world, stolen)
    assert.ok(second)
    await refreshed(world, { ...stolen, token: second })
    const release = await lockGrant(world, locked)
    const waiting = refreshed(world, locked)
    const thief = { ...foreign, clientId: others[0]?.clientId ?? '' }
    const rejected = Promise.all([gone, stolen, thief].map((grant) => refreshed(world, grant)))
    const rotated = await Promise.all(others.map((grant) => refreshed(world, grant)))
    assert.deepEqual(await rejected, [undefined, undefined, undefined])
    await release()
    assert.equal(new Set([...rotated, await waiting].filter((token) => token !== undefined)).size, 9)
    const next = others.map((grant, index) => ({ ...grant, token: rotated[index] ?? '' }))
    assert.ok((await Promise.all(next.map((grant) => refreshed(world, grant)))).every(Boolean))
    assert.ok(await refreshed(world, foreign), 'the attempt of another app changed nothing')
    // Each grant has the counter and the browser of its own call.
    const rows = await world.db.query(sql`select id, counter, rotated_agent, ended_reason from grants`)
    const of = new Map(rows.map((row) => [row.id, row]))
    assert.equal(of.get(stolen.id)?.ended_reason, 'refresh_token_reused')
    for (const { id } of others) assert.deepEqual([of.get(id)?.counter, of.get(id)?.rotated_agent], [2, id])
    assert.deepEqual([of.get(locked.id)?.counter, of.get(foreign.id)?.counter], [1, 1])
  })

  test('twelve refreshes of apps at once are two statements on PostgreSQL', async () => {
    const { world, grants } = await stage(engine, 13)
    const [first, ...others] = grants
    assert.ok(first)
    const sent: string[] = []
    const query: World['db']['query'] = (statement) => {
      if ('strings' in statement) sent.push(textOf(world.db.dialect, statement))
      return world.db.query(statement)
    }
    const counted = { ...world, db: { ...world.db, query } }
    assert.ok(await refreshed(counted, first))
    sent.length = 0
    assert.ok((await Promise.all(others.map((grant) => refreshed(counted, grant)))).every(Boolean))
    const rotations = world.db.dialect === 'postgres' ? 2 : others.length
    // Nothing is read again, and a session that was extended today is not written to.
    assert.deepEqual(
      sent.map((text) => /^update grants set counter/.test(text)),
      Array.from({ length: rotations }, () => true),
    )
  })
})

/** A server, and grants of one user in it, each of another app. */
async function stage(engine: Engine, count: number) {
  const { url, world } = await startServer(engine)
  const { person, session } = await arrived(clientAt(url))
  const grants = await atOnce(count, () =>
    newGrant(world, { userId: person.id, sessionId: session.session_id }),
  )
  return { world, grants }
}

/** As another node that changes this grant and has not committed yet. On SQLite no one else can. */
async function lockGrant({ db }: World, { id }: TestGrant): Promise<() => Promise<void>> {
  if (db.dialect === 'sqlite') return async () => {}
  return holdTransaction(db, (query) => query(sql`update grants set counter = counter where id = ${id}`))
}
