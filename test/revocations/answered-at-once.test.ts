import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { cast, deletionOf, freeze, frozenMs, isLetIn, revocationOf, thaw } from '#test/support/frozen-node.ts'
import { arrived } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const users = '/api/v1/users'

onBothEngines('calls that do not have to wait for a slow node', (engine) => {
  test('a caller that is not authenticated or may not revoke is answered at once', async () => {
    const server = await startServer(engine)
    const { client, admin, session, verifier } = await cast(server)
    const { session: stranger } = await arrived(client)
    const its = `${users}/${session.user.id}`
    await freeze(server)
    const deleting = client.delete(its, { bearer: admin })
    while (await isLetIn(server, session));
    const begun = performance.now()
    const forged = { ...session, access_token: `${session.access_token.slice(0, -8)}AAAAAAAA` }
    const refresh_token = `${session.refresh_token.slice(0, -8)}AAAAAAAA`
    const replies = [
      await deletionOf(client, forged),
      await client.post('/api/v1/auth/logout', { refresh_token }),
      await client.post('/api/v1/auth/logout_all', {}, { bearer: forged.access_token }),
      await client.delete(its),
      await client.delete(its, { bearer: stranger.access_token }),
      await client.get('/api/v1/me', { bearer: session.access_token }),
      await revocationOf(client, refresh_token, verifier),
    ]
    assert.ok(performance.now() - begun < frozenMs / 2, `${performance.now() - begun} ms`)
    assert.deepEqual(
      replies.map(({ status }) => status),
      [401, 401, 401, 401, 403, 401, 200],
    )
    await thaw(server)
    assert.equal((await deleting).status, 204)
  })

  test('repeating a deletion that every node has acknowledged is answered at once', async () => {
    const server = await startServer(engine)
    const { client, admin, session } = await cast(server)
    const its = `${users}/${session.user.id}`
    assert.equal((await client.delete(its, { bearer: admin })).status, 204)
    const [row] = await server.world.db.query(sql`select head from revocation_head`)
    await freeze(server, Number(row?.head))
    const begun = performance.now()
    assert.equal((await client.delete(its, { bearer: admin })).status, 404)
    assert.ok(performance.now() - begun < frozenMs / 2)
  })
})
