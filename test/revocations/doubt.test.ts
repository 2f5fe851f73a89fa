import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommitUnknown, type Db } from '#src/store/db.ts'
import { authenticator } from '#src/tokens/authenticate.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, isAccepted, logOut } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { startServer } from '#test/support/server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

onBothEngines('a server after a commit of unknown outcome', (engine) => {
  test('after a commit of unknown outcome, a server accepts nothing until it has read the log', async () => {
    const { url, world } = await startServer(engine, { SIGIL_LOG_LEVEL: 'fatal' })
    const client = clientAt(url)
    const [{ session }, { session: other }] = [await arrived(client), await arrived(client)]
    const judge = authenticator(world)
    assert.equal(judge(session.access_token).kind, 'accepted')
    const heal = loseRepliesToCommits(world.db)
    const reply = await logOut(client, session.access_token)
    assertRefused(reply, 'unavailable')
    assert.notEqual(judge(session.access_token).kind, 'accepted')
    heal()
    // The next request makes it read the log: the commit had succeeded, and other sessions continue.
    assert.equal(await isAccepted(client, session.access_token), false)
    assert.equal(await isAccepted(client, other.access_token), true)
  })
})

onBothEngines('a server without its database', (engine) => {
  test('a server without its database returns 503 once its lease has ended', async () => {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const { session } = await arrived(client)
    const { access_token: bearer } = session
    const verified = () =>
      Promise.all([
        client.get('/api/v1/auth/verify', { bearer }),
        client.get('/ext_authz', { bearer }),
        client.post('/api/v1/auth/verify', { token: bearer }),
      ])
    const statuses = async () => (await verified()).map(({ status }) => status)
    await world.db.close()
    clock.forward(world.settings.revocationLeaseMs - 1)
    assert.deepEqual(await statuses(), [204, 200, 200])
    clock.forward(2)
    // With SQLite no other process can have written, so its one server needs no lease.
    if (engine.dialect === 'sqlite') assert.deepEqual(await statuses(), [204, 200, 200])
    else for (const reply of await verified()) assertRefused(reply, 'unavailable')
  })
})

/** Transactions are committed, but the reply is lost. */
function loseRepliesToCommits(db: Db): () => void {
  const { transaction } = db
  const lost: Db['transaction'] = async (work) => {
    await transaction(work)
    throw new CommitUnknown('The reply to the commit was lost.')
  }
  Object.assign(db, { transaction: lost })
  return () => Object.assign(db, { transaction })
}
