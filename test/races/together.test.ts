import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { end } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { sql } from '#src/store/sql.ts'
import { refresh } from '#src/tokens/refresh.ts'
import type { World } from '#src/world/world.ts'
import { timesRevoked } from '#test/races/judge.ts'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { holdTransaction } from '#test/support/held-transaction.ts'
import { arrived, isAccepted, signedIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import type { WireSession } from '#test/support/wire-body.ts'

/*
 * On PostgreSQL, calls that wait at the same time share statements. Each is still decided for itself, and
 * none waits for a row that only another of them needs.
 */
onBothEngines('calls that share statements', (engine) => {
  test('refreshes at once: ended sessions and old tokens are rejected, all others rotate', async () => {
    const { world, sessions } = await stage(engine, 12)
    const [gone, stolen, locked, ...others] = sessions
    assert.ok(gone && stolen && locked)
    await ended(world, gone)
    await successor(world, await successor(world, stolen.refresh_token))
    const release = await lockSession(world, locked)
    const waiting = successor(world, locked.refresh_token)
    const rejected = Promise.all([gone, stolen].map(({ refresh_token }) => successor(world, refresh_token)))
    const first = await Promise.all(others.map(({ refresh_token }) => successor(world, refresh_token)))
    const codes = await rejected
    await release()
    assert.deepEqual(codes, ['refresh_token_revoked', 'refresh_token_reused'])
    const second = await Promise.all([...first, await waiting].map((token) => successor(world, token)))
    assert.equal(new Set(second).size, 10)
    // Each session has the counter and the browser of its own call.
    const rows = await world.db.query(sql`select counter, rotated_agent from sessions
      where counter > 0 and ended_at is null`)
    assert.deepEqual(new Set(rows.map(({ counter }) => Number(counter))), new Set([2]))
    const agents = [...first, await waiting].map(agentOf)
    assert.deepEqual(rows.map(({ rotated_agent }) => rotated_agent).toSorted(), agents.toSorted())
  })

  test('logouts at once: each session ends once, with one event and one entry in the log', async () => {
    const { world, client, sessions } = await stage(engine, 12)
    const [gone, locked, ...others] = sessions
    assert.ok(gone && locked)
    await ended(world, gone)
    const release = await lockSession(world, locked)
    const waiting = ended(world, locked)
    await Promise.all([gone, ...others, ...others].map((session) => ended(world, session)))
    await release()
    await waiting
    for (const { session_id, access_token } of sessions) {
      assert.equal(await isAccepted(client, access_token), false)
      assert.equal(await timesRevoked(world, session_id), 1)
      assert.equal(await eventsAbout(world, 'session.ended', session_id), 1)
    }
  })
})

onBothEngines('logouts everywhere that share statements', (engine) => {
  test('logouts everywhere at once: each user has an event, and each call its own count', async () => {
    const { world, client } = await stage(engine, 0)
    const people = await atOnce(6, () => arrived(client))
    await signedIn(client, people[0]?.person ?? assert.fail())
    const ids = people.map(({ person }) => person.id)
    const logOutAll = async (userId: string) => {
      const { sessionsEnded, propagated } = await logOutEverywhere(world, {
        userId,
        reason: 'logout_all',
        by: bySystem,
      })
      await propagated
      return sessionsEnded
    }
    assert.deepEqual(await Promise.all([...ids, 'nobody'].map(logOutAll)), [2, 1, 1, 1, 1, 1, 0])
    for (const { person, session } of people) {
      assert.equal(await isAccepted(client, session.access_token), false)
      assert.equal(await eventsAbout(world, 'user.logged_out_everywhere', person.id), 1)
    }
    assert.deepEqual(
      await Promise.all([...ids, ...ids].map(logOutAll)),
      [...ids, ...ids].map(() => 0),
    )
  })
})

/** A server, and sessions of one user in it. */
async function stage(engine: Engine, count: number) {
  const { url, world } = await startServer(engine)
  const client = clientAt(url)
  if (count === 0) return { world, client, sessions: [] }
  const { person } = await arrived(client)
  return { world, client, sessions: await atOnce(count, () => signedIn(client, person)) }
}

type Ending = Pick<WireSession, 'session_id' | 'user'>

async function ended(world: World, { session_id: sessionId, user }: Ending): Promise<void> {
  const { propagated } = await end(world, { sessionId, userId: user.id, reason: 'logout', by: bySystem })
  await propagated
}

/** The next refresh token, or the code of the error. */
async function successor(world: World, presented: string): Promise<string> {
  const client = { address: '203.0.113.7', userAgent: agentOf(presented) }
  return refresh(world, { presented, client, by: bySystem }).then(
    ({ refreshToken }) => refreshToken,
    (error) => (error instanceof AppError ? error.code : Promise.reject(error)),
  )
}

function agentOf(presented: string): string {
  return `Browser ${presented.slice(-8)}`
}

async function eventsAbout({ db }: World, event: string, id: string): Promise<number> {
  const [row] = await db.query(sql`select count(*) as events from audit_events
    where event = ${event} and target_id = ${id}`)
  return Number(row?.events)
}

/** Like another node that changes this session and has not committed yet. SQLite has only one process. */
async function lockSession({ db }: World, { session_id }: WireSession): Promise<() => Promise<void>> {
  if (db.dialect === 'sqlite') return async () => {}
  return holdTransaction(db, (query) =>
    query(sql`update sessions set counter = counter where id = ${session_id}`),
  )
}
