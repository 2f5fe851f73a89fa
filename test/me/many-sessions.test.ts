import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headOf } from '#src/revocations/log/revocations.sql.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { openMany } from '#test/support/many-sessions.ts'
import { arrived, isAccepted, refresh, signedIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

onBothEngines('many sessions of one user', (engine) => {
  const server = serverForSuite(engine)

  /**
   * Ends this many other sessions. Returns how many entries of the log that took, and the remaining session.
   */
  async function endedOthers(count: number) {
    const { url, world } = server()
    const client = clientAt(url)
    const { person, session: mine } = await arrived(client)
    const other = await signedIn(client, person)
    await openMany(world, person.id, count - 1)
    const before = await headOf(world.db.query)
    const reply = await client.delete('/api/v1/me/sessions', { bearer: mine.access_token })
    assert.deepEqual([reply.status, reply.body.sessions_ended], [200, count])
    assert.equal(await isAccepted(client, other.access_token), false)
    assertRefused(await refresh(client, other.refresh_token), 'refresh_token_revoked')
    return { client, mine, entries: (await headOf(world.db.query)) - before }
  }

  test('sessions are listed in pages, each session once', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    await openMany(world, person.id, 120)
    const bearer = session.access_token
    const seen: string[] = []
    let query = ''
    do {
      const { body } = await client.get(`/api/v1/me/sessions${query}`, { bearer })
      seen.push(...body.data.map(({ id }) => id))
      query = body.next_cursor === null ? '' : `?limit=50&cursor=${body.next_cursor}`
    } while (query !== '')
    assert.deepEqual([seen.length, new Set(seen).size], [121, 121])
    assert.ok(seen.includes(session.session_id))
  })

  test('a few other sessions are revoked one by one, and the current token keeps working', async () => {
    const { client, mine, entries } = await endedOthers(100)
    assert.equal(entries, 100)
    assert.equal(await isAccepted(client, mine.access_token), true)
  })

  test('many other sessions are revoked by one entry, and the current one needs a refresh', async () => {
    const { client, mine, entries } = await endedOthers(101)
    assert.equal(entries, 1)
    const next = await refresh(client, mine.refresh_token)
    assert.equal(next.status, 200, next.text)
    assert.equal(await isAccepted(client, next.body.access_token), true)
  })
})
