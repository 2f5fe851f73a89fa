import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanSessions } from '#src/sessions/clean.ts'
import { sql } from '#src/store/sql.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { writeHistory } from '#test/support/long-history.ts'
import { arrived, signIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

onBothEngines('a user who is deleted at the same time', (engine) => {
  test('a wrong password during the deletion of its user gets a 401', async () => {
    const { url } = await startServer(engine)
    const client = clientAt(url)
    const statuses: number[] = []
    for (let round = 0; round < 20; round++) {
      const { person, session } = await arrived(client)
      const tries = [1, 2, 3].map(() => signIn(client, { login: person.email, password: 'not this one 12' }))
      const deleted = await client.delete('/api/v1/me', { bearer: session.access_token })
      assert.equal(deleted.status, 204)
      for (const { status } of await Promise.all(tries)) statuses.push(status)
    }
    assert.deepEqual([...new Set(statuses)], [401])
  })

  test('a long history is deleted in batches, and nothing of the user remains', async () => {
    const { url, world } = await startServer(engine)
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    await writeHistory(world, person.id, 2000)
    assert.equal((await client.delete('/api/v1/me', { bearer: session.access_token })).status, 204)
    while ((await cleanSessions(world, 500)) > 0);
    for (const statement of [
      sql`select id from sessions where user_id = ${person.id}`,
      sql`select id from sign_ins where user_id = ${person.id}`,
      sql`select id from users where id = ${person.id}`,
    ])
      assert.deepEqual(await world.db.query(statement), [])
  })
})
