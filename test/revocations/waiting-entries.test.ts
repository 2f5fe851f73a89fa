import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { logEnd } from '#src/revocations/log/log-end.ts'
import { placeLeftBehind } from '#src/revocations/log/place-waiting.ts'
import {
  headOf,
  insertWaiting,
  takePlaces,
  waitingRevocations,
} from '#src/revocations/log/revocations.sql.ts'
import { end } from '#src/sessions/end.ts'
import { CommitUnknown, DatabaseAway } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { holdTransaction } from '#test/support/held-transaction.ts'
import { arrived, isAccepted, logOutEverywhere, signedIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import type { WireSession } from '#test/support/wire-body.ts'

onBothEngines('revocations at once', (engine) => {
  test('twenty logouts at once are all in the log when they are answered', async () => {
    const { url, world } = await startServer(engine)
    const client = clientAt(url)
    const { person } = await arrived(client)
    const sessions = await atOnce(20, () => signedIn(client, person))
    const before = await headOf(world.db.query)
    await Promise.all(
      sessions.map(async (session) => {
        await ended(world, session)
        assert.equal(await isAccepted(client, session.access_token), false)
      }),
    )
    assert.deepEqual(await waitingRevocations(world.db.query, 1), [])
    assert.equal(await headOf(world.db.query), before + 20)
    const [row] = await world.db.query(sql`select count(*) as entries from revocations where seq > ${before}`)
    assert.equal(Number(row?.entries), 20)
  })

  test('a waiting entry of a stopped node is placed and applied', async () => {
    const { world } = await startServer(engine)
    const expiresAt = world.clock.now() + 60_000
    await insertWaiting(world.db.query, [{ seq: -7, id: 'left behind', expiresAt }])
    await placeLeftBehind(world)
    assert.deepEqual(await waitingRevocations(world.db.query, 1), [])
    assert.equal(revocationNode(world).log.isRevoked(['left behind'], world.clock.now()), true)
  })
})

onBothEngines('revocations that wait for a place', (engine) => {
  // On SQLite there is one writer, and nothing waits.
  if (engine.dialect === 'sqlite') return

  test('no logout and no repeat is answered before its entry has a place in the log', async () => {
    const { url, world } = await startServer(engine)
    const client = clientAt(url)
    const { person } = await arrived(client)
    const sessions = await atOnce(4, () => signedIn(client, person))
    const release = await lockHead(world)
    const answered: string[] = []
    const answer = async (call: string, act: Promise<unknown>) => {
      await act
      answered.push(call)
    }
    const calls = sessions.map((session) => answer('logout', ended(world, session)))
    // Half of them wait for the head row; the others have committed, and wait for their places.
    while ((await waitingRevocations(world.db.query, 9)).length < 2);
    calls.push(answer('repeat', propagateAll(world)))
    // More round trips than a repeated call needs without waiting.
    for (let other = 0; other < 30; other++) await headOf(world.db.query)
    const early = [...answered]
    await release()
    await Promise.all(calls)
    assert.deepEqual(early, [])
    for (const { access_token } of sessions) assert.equal(await isAccepted(client, access_token), false)
  })

  test('a logout whose entry could not be placed is reported as unknown, and is placed later', async () => {
    const { url, world } = await startServer(engine)
    const client = clientAt(url)
    const { session } = await arrived(client)
    // As if another transaction of this process held the end of the log.
    logEnd(world).take(world.db.query)
    const { transaction } = world.db
    world.db.transaction = async (work) => {
      if ((await waitingRevocations(world.db.query, 1)).length === 0) return transaction(work)
      throw new DatabaseAway('The database is unavailable.')
    }
    await assert.rejects(ended(world, session), CommitUnknown)
    world.db.transaction = transaction
    await placeLeftBehind(world)
    assert.equal(await isAccepted(client, session.access_token), false)
  })
})

onBothEngines('revocations after one that waits for a place', (engine) => {
  if (engine.dialect === 'sqlite') return

  test('a logout everywhere is not answered before an earlier entry about the user has a place', async () => {
    const { url, world } = await startServer(engine, { SIGIL_REVOCATION_LEASE: '30s' })
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    const [user] = await world.db.query(sql`select signature from users where id = ${person.id}`)
    // Another node has replaced the signature, as a changed role does, and has not yet placed the entry.
    const expiresAt = world.clock.now() + 60_000
    await world.db.transaction(async (query) => {
      await query(sql`update users set signature = 'replaced' where id = ${person.id}`)
      await insertWaiting(query, [{ seq: -7, id: user?.signature as string, expiresAt }])
    })
    const later = await signedIn(client, person)
    assert.equal((await logOutEverywhere(client, later.access_token)).body.everywhere, true)
    assert.equal(await isAccepted(client, later.access_token), false)
    assert.equal(await isAccepted(client, session.access_token), false)
  })
})

type Ending = Pick<WireSession, 'session_id' | 'user'>

async function ended(world: World, { session_id: sessionId, user }: Ending): Promise<void> {
  const { propagated } = await end(world, { sessionId, userId: user.id, reason: 'logout', by: bySystem })
  await propagated
}

/** Another node that is about to commit a revocation. */
async function lockHead({ db }: World): Promise<() => Promise<void>> {
  return holdTransaction(db, (query) => takePlaces(query, 0))
}
