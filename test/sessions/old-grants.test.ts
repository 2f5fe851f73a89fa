import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanSessions } from '#src/sessions/clean.ts'
import { sql } from '#src/store/sql.ts'
import { registerApp, tokensFor } from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import { onBothEngines } from '#test/support/engines.ts'

const scope = { scope: 'openid offline_access', prompt: 'consent' }

onBothEngines('cleaning of grants', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  async function grantsOf(clientId: string): Promise<unknown[]> {
    const rows = await world().db.query(sql`select session_id from grants where client_id = ${clientId}`)
    return rows.map(({ session_id }) => session_id)
  }

  test('a grant that is bound to a session is deleted with it, and an offline one stays', async () => {
    const app = await registerApp(world())
    const browser = await visitor()
    await tokensFor(browser, client(), app)
    await tokensFor(browser, client(), app, scope)
    const [sessionId] = (await grantsOf(app.id)).filter((id) => id !== null)
    assert.equal((await grantsOf(app.id)).length, 2)
    await world().db.query(sql`update sessions set expires_at = 1, last_expires_at = 1
      where id = ${String(sessionId)}`)
    assert.ok((await cleanSessions(world(), 100)) >= 2)
    assert.deepEqual(await grantsOf(app.id), [null])
  })

  test('grants that ended or expired a week ago are deleted, and others stay', async () => {
    const app = await registerApp(world())
    for (let grant = 0; grant < 4; grant++) await tokensFor(await visitor(), client(), app, scope)
    const ids = await world().db.query(sql`select id from grants where client_id = ${app.id}`)
    const [ended, expired, recent] = ids.map(({ id }) => String(id))
    const weekAgo = world().clock.now() - 8 * 24 * 60 * 60 * 1000
    const { query } = world().db
    await query(
      sql`update grants set ended_at = ${weekAgo}, ended_reason = 'everywhere' where id = ${ended ?? ''}`,
    )
    await query(
      sql`update grants set expires_at = 1, last_expires_at = ${weekAgo} where id = ${expired ?? ''}`,
    )
    await query(sql`update grants set ended_at = ${world().clock.now()}, ended_reason = 'everywhere'
      where id = ${recent ?? ''}`)
    await cleanSessions(world(), 100)
    const left = await query(sql`select id from grants where client_id = ${app.id}`)
    assert.deepEqual(
      left.map(({ id }) => id).sort(),
      ids
        .map(({ id }) => id)
        .slice(2)
        .sort(),
    )
  })
})
