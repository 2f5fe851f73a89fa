import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { listAudit } from '#src/audit/list-audit.ts'
import { readCursor } from '#src/http/cursor.ts'
import { insertLeaseholder } from '#src/revocations/lease/leaseholders.sql.ts'
import { headOf } from '#src/revocations/log/revocations.sql.ts'
import { openSession } from '#src/sessions/open.ts'
import { maxSessions } from '#src/sessions/session.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { type Engine, freshDatabaseUrl, onBothEngines } from '#test/support/engines.ts'
import { openMany } from '#test/support/many-sessions.ts'
import { arrived, isAccepted, refresh, signedIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const hourMs = 60 * 60_000
const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run through npm test'

/** A user with the maximum number of sessions, the first of which is `mine`. */
async function nearlyCrowded(engine: Engine) {
  const clock = testClock()
  const { url, world } = await serveTestWorld(engine, { clock })
  const client = clientAt(url)
  const { person, session: mine } = await arrived(client)
  clock.forward(1000)
  await openMany(world, person.id, maxSessions - 1)
  return { clock, world, client, person, mine }
}

/**
 * Sessions that were refreshed, a page session, and a session that was `left`, before the sessions of a
 * program.
 */
async function crowdedByAProgram(engine: Engine) {
  const clock = testClock()
  const { url, world } = await serveTestWorld(engine, { clock })
  const client = clientAt(url)
  const { person, session } = await arrived(client)
  clock.forward(1000)
  const used = (await refresh(client, session.refresh_token)).body
  const page = await openPage(world, person.id)
  clock.forward(1000)
  const left = await signedIn(client, person)
  clock.forward(1000)
  await openMany(world, person.id, maxSessions - 3)
  return { clock, client, person, session, used, page, left }
}

async function liveOf(client: Client, bearer: string): Promise<string[]> {
  const { data } = (await client.get(`/api/v1/me/sessions?limit=${maxSessions}`, { bearer })).body
  return data.map(({ id }) => id)
}

onBothEngines('the limit of sessions per user', (engine) => {
  test('one session too many ends the least recently used one and revokes its tokens', async () => {
    const { clock, world, client, person, mine } = await nearlyCrowded(engine)
    assert.equal((await liveOf(client, mine.access_token)).length, maxSessions)
    clock.forward(1000)
    const newest = await signedIn(client, person)
    assert.equal(await isAccepted(client, mine.access_token), false)
    assertRefused(await refresh(client, mine.refresh_token), 'refresh_token_revoked')
    assert.equal((await liveOf(client, newest.access_token)).length, maxSessions)
    const filters = { event: 'session.ended', actorId: person.id, targetId: person.id } as const
    const [told, ...others] = await listAudit(world, { place: readCursor(undefined), limit: 10, filters })
    assert.deepEqual(JSON.parse(told?.details ?? ''), {
      reason: 'crowded_out',
      sessions: [mine.session_id],
    })
    assert.deepEqual(others, [])
  })

  test('one session too many ends no recently used session and none of another user', async () => {
    const { clock, client, person, mine } = await nearlyCrowded(engine)
    const { session: theirs } = await arrived(client)
    clock.forward(1000)
    const next = (await refresh(client, mine.refresh_token)).body
    await signedIn(client, person)
    for (const { access_token } of [next, theirs]) assert.equal(await isAccepted(client, access_token), true)
    assert.equal((await liveOf(client, next.access_token)).length, maxSessions)
  })

  test('the last session within the limit ends no other session', async () => {
    const { world, client, person, mine } = await nearlyCrowded(engine)
    await client.post('/api/v1/auth/logout', undefined, { bearer: mine.access_token })
    const head = await headOf(world.db.query)
    const newest = await signedIn(client, person)
    assert.equal(await headOf(world.db.query), head)
    assert.equal((await liveOf(client, newest.access_token)).length, maxSessions)
  })
})

test('a sign-in that waits for a lease is not rejected because of a slow clock', { skip }, async () => {
  const clock = testClock()
  let slowMs = 0
  const wall = { ...clock, now: () => clock.now() - slowMs }
  const { url, world } = await serveTestWorld(await freshDatabaseUrl('postgres'), { clock: wall })
  const client = clientAt(url)
  const { person } = await arrived(client)
  await openMany(world, person.id, maxSessions)
  const leaseMs = 30_000
  const ofNode = { acked: 0, beat: 0, leaseMs, registeredAt: wall.now(), beatenAt: wall.now() }
  await insertLeaseholder(world.db.query, { id: 'silent', name: 'silent', ...ofNode })
  // The maximum allowed difference from the clock of the database, without the wait.
  slowMs = 59_000 - leaseMs / 2
  let isAnswered = false
  const answer = signedIn(client, person).finally(() => {
    isAnswered = true
  })
  const head = await headOf(world.db.query)
  while ((await headOf(world.db.query)) === head) await soon()
  while (!isAnswered) {
    clock.forward(100)
    await soon()
  }
  assert.equal(typeof (await answer).access_token, 'string')
})

onBothEngines('a program that signs in repeatedly', (engine) => {
  test('a program that signs in repeatedly ends its own sessions, not sessions in use', async () => {
    const { clock, client, person, session, used, page, left } = await crowdedByAProgram(engine)
    clock.forward(2 * hourMs)
    for (let times = 0; times < 3; times++) await signedIn(client, person)
    const goesOn = await refresh(client, used.refresh_token)
    assert.equal(goesOn.status, 200, goesOn.text)
    const live = await liveOf(client, goesOn.body.access_token)
    assert.equal(live.length, maxSessions)
    const stay = [session.session_id, page, left.session_id].map((id) => live.includes(id))
    assert.deepEqual(stay, [true, true, false])
  })
})

onBothEngines('a program that signs in 200 times in an hour', (engine) => {
  test('a program that signs in 200 times in an hour ends its own oldest sessions', async () => {
    const { clock, client, person, session, used, page, left } = await crowdedByAProgram(engine)
    clock.forward(hourMs / 2)
    const recent = [await signedIn(client, person), await signedIn(client, person)]
    const goesOn = await refresh(client, used.refresh_token)
    assert.equal(goesOn.status, 200, goesOn.text)
    const live = await liveOf(client, goesOn.body.access_token)
    assert.equal(live.length, maxSessions)
    const ids = [session.session_id, page, ...recent.map(({ session_id }) => session_id)]
    assert.deepEqual(
      ids.filter((id) => !live.includes(id)),
      [],
    )
    assert.ok(!live.includes(left.session_id))
  })

  test('a new session survives next to 199 sessions that are all in use', async () => {
    const { clock, world, client, person, mine } = await nearlyCrowded(engine)
    await world.db.query(sql`update sessions set rotated_at = rotated_at + 1 where id <> ${mine.session_id}`)
    clock.forward(1000)
    await refresh(client, mine.refresh_token)
    clock.forward(1000)
    const [one, other] = [await signedIn(client, person), await signedIn(client, person)]
    for (const { access_token } of [one, other]) assert.equal(await isAccepted(client, access_token), true)
  })
})

onBothEngines('expired sessions', (engine) => {
  test('expired sessions are ended first, without an audit event', async () => {
    const { clock, world, client, person, mine } = await nearlyCrowded(engine)
    clock.forward(25 * hourMs)
    const head = await headOf(world.db.query)
    await signedIn(client, person)
    assert.equal(await headOf(world.db.query), head)
    assert.equal((await refresh(client, mine.refresh_token)).status, 200)
  })
})

/** Like the session of a browser that signed in on our pages. */
async function openPage({ db, random, clock }: World, userId: string): Promise<string> {
  const client = { address: '127.0.0.1', userAgent: 'Browser' }
  const opening = {
    userId,
    method: 'password',
    amr: ['pwd'],
    level: 'aal1',
    client,
    lifetimeMs: 24 * hourMs,
  } as const
  const opened = await db.transaction((query) =>
    openSession(query, { random, now: clock.now(), opening: { ...opening, forPages: true } }),
  )
  return opened.sessionId
}
