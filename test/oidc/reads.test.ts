import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable } from '#src/apps/end-app.ts'
import { rotateSecret } from '#src/apps/rotate-secret.ts'
import { bySystem } from '#src/audit/by.ts'
import type { Query } from '#src/store/db.ts'
import { textOf } from '#src/store/statement.ts'
import type { World } from '#src/world/world.ts'
import {
  formCall,
  registerApi,
  registerApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import { onBothEngines } from '#test/support/engines.ts'

/** The tables of apps, grants and users that a call reads or changes, one entry for each statement. */
async function readIn({ db }: World, act: () => Promise<unknown>): Promise<string[]> {
  const changed = db as { query: Query }
  const { query } = changed
  const sent: string[] = []
  changed.query = (statement) => {
    if ('strings' in statement) sent.push(textOf(db.dialect, statement))
    return query(statement)
  }
  await act().finally(() => {
    changed.query = query
  })
  // The first table that a statement names is the one that it is about.
  return sent.flatMap((text) => /\b(?:apps|app_secrets|grants|users)\b/.exec(text)?.[0] ?? [])
}

onBothEngines('what calls of apps read', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  test('a call of an app reads the app and its secrets in one statement', async () => {
    const api = await registerApi(world())
    const machine = await registerApp(world(), { kind: 'machine', apis: [{ name: api.name }] })
    const app = await registerApp(world())
    const { access_token: token, refresh_token } = await tokensFor(await visitor(), client(), app)
    const refresh = { grant_type: 'refresh_token', refresh_token }
    const calls: Record<string, [string[], () => Promise<{ status: number }>]> = {
      machine: [['apps'], () => tokenCall(client(), machine, { grant_type: 'client_credentials' })],
      refresh: [['apps', 'grants', 'users'], () => tokenCall(client(), app, refresh)],
      introspect: [['apps'], () => formCall(client(), '/oauth/introspect', app, { token })],
      userinfo: [['users'], () => client().get('/oauth/userinfo', { bearer: token })],
    }
    for (const [name, [tables, act]] of Object.entries(calls)) {
      assert.equal((await act()).status, 200, name)
      if (name === 'refresh') continue
      assert.deepEqual(await readIn(world(), act), tables, name)
    }
    const next = tokensIn(await tokenCall(client(), app, refresh)).refresh_token
    const again = () => tokenCall(client(), app, { grant_type: 'refresh_token', refresh_token: next })
    assert.deepEqual(await readIn(world(), again), ['apps', 'grants', 'users'])
  })

  test('an ended secret and a disabled app are rejected by the next call', async () => {
    const app = await registerApp(world())
    const { access_token: token } = await tokensFor(await visitor(), client(), app)
    const asked = async (secret = app.secret) =>
      (await formCall(client(), '/oauth/introspect', { ...app, secret }, { token })).status
    assert.equal(await asked(), 200)
    const secret = await rotateSecret(world(), { clientId: app.id, endsOld: true, by: bySystem })
    assert.deepEqual([await asked(), await asked(secret)], [401, 200])
    const bearer = { bearer: token }
    assert.equal((await client().get('/oauth/userinfo', bearer)).status, 200)
    await (await disable(world(), { clientId: app.id, by: bySystem })).propagated
    assert.deepEqual(
      [await asked(secret), (await client().get('/oauth/userinfo', bearer)).status],
      [401, 401],
    )
  })
})
