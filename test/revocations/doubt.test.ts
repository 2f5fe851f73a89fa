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

onBothEngines('a server in doubt', (engine) => {
  test('after a commit whose end nobody knows, nothing is accepted by memory', async () => {
    const { url, world } = await startServer(engine, { SIGIL_LOG_LEVEL: 'fatal' })
    const client = clientAt(url)
    const [{ session }, { session: other }] = [await arrived(client), await arrived(client)]
    const judge = authenticator(world)
    assert.equal(judge(session.access_token).kind, 'accepted')
    const heal = loseTheAnswerOfCommits(world.db)
    const reply = await logOut(client, session.access_token)
    assertRefused(reply, 'unavailable')
    assert.notEqual(judge(session.access_token).kind, 'accepted')
    heal()
    // Asked for the truth, it reads the log: the commit had happened, and others go on.
    assert.equal(await isAccepted(client, session.access_token), false)
    assert.equal(await isAccepted(client, other.access_token), true)
  })
})

onBothEngines('a server that is cut off from its database', (engine) => {
  test('whose lease has ended accepts nothing, and says that it cannot tell', async () => {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const { session } = await arrived(client)
    const { access_token: bearer } = session
    const judged = () =>
      Promise.all([
        client.get('/api/v1/auth/verify', { bearer }),
        client.get('/ext_authz', { bearer }),
        client.post('/api/v1/auth/verify', { token: bearer }),
      ])
    const statuses = async () => (await judged()).map(({ status }) => status)
    await world.db.close()
    clock.forward(world.settings.revocationLeaseMs - 1)
    assert.deepEqual(await statuses(), [204, 200, 200])
    clock.forward(2)
    // Beside SQLite nobody else can have written, so its one server needs no lease.
    if (engine.dialect === 'sqlite') assert.deepEqual(await statuses(), [204, 200, 200])
    else for (const reply of await judged()) assertRefused(reply, 'unavailable')
  })
})

/** Transactions happen, and yet nobody hears of it. */
function loseTheAnswerOfCommits(db: Db): () => void {
  const { transaction } = db
  const lost: Db['transaction'] = async (work) => {
    await transaction(work)
    throw new CommitUnknown('The answer of the commit was lost.')
  }
  Object.assign(db, { transaction: lost })
  return () => Object.assign(db, { transaction })
}
