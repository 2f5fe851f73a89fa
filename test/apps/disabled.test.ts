import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable, enable } from '#src/apps/end-app.ts'
import { byCli } from '#src/audit/by.ts'
import { cleanSessions } from '#src/sessions/clean.ts'
import { sql } from '#src/store/sql.ts'
import {
  answerToApp,
  authorizePath,
  exchange,
  newPkce,
  registerApi,
  registerApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { personWithRoles, signedIn } from '#test/support/people.ts'

onBothEngines('disabled apps', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  test('a disabled app gets no tokens, and its old ones stay revoked after it is enabled', async () => {
    const admin = await personWithRoles(world(), ['default_user', 'admin'])
    const { access_token: bearer } = await signedIn(client(), admin)
    const app = await registerApp(world())
    const other = await registerApp(world())
    const browser = await visitor()
    const before = await tokensFor(browser, client(), app, {
      scope: 'openid offline_access',
      prompt: 'consent',
    })
    const elsewhere = await tokensFor(browser, client(), other)
    const pkce = newPkce()
    const code = (await answerToApp(browser, authorizePath(app, pkce), app)).get('code') ?? ''
    const path = `/api/v1/apps/${app.id}`
    assert.equal((await client().post(`${path}/disable`, undefined, { bearer })).status, 204)
    assert.equal((await client().post(`${path}/disable`, undefined, { bearer })).status, 204)
    const shown = (await client().get(path, { bearer })).body as unknown as { disabled: boolean }
    assert.equal(shown.disabled, true)
    const status = async (token: string) => (await client().get('/oauth/userinfo', { bearer: token })).status
    const refresh = { grant_type: 'refresh_token', refresh_token: before.refresh_token }
    assert.equal(await status(before.access_token), 401)
    assert.equal(tokensIn(await tokenCall(client(), app, refresh)).error, 'invalid_client')
    const redeemed = await exchange(client(), app, { code, code_verifier: pkce.verifier })
    assert.equal(tokensIn(redeemed).error, 'invalid_client')
    assert.equal((await browser.get(authorizePath(app, newPkce()))).status, 400)
    assert.equal(await status(elsewhere.access_token), 200)
    assert.equal((await client().post(`${path}/enable`, undefined, { bearer })).status, 200)
    assert.equal(await status(before.access_token), 401)
    assert.equal(tokensIn(await tokenCall(client(), app, refresh)).error, 'invalid_grant')
    const after = await tokensFor(browser, client(), app)
    assert.equal(await status(after.access_token), 200)
    assert.equal((await client().post('/api/v1/apps/app_x/disable', undefined, { bearer })).status, 404)
    assert.equal((await client().post('/api/v1/apps/app_x/enable', undefined, { bearer })).status, 404)
  })

  test('a disabled machine gets no token, and the cleaner ends the grants of an app', async () => {
    const api = await registerApi(world())
    const machine = await registerApp(world(), { kind: 'machine', apis: [{ name: api.name }] })
    const grant = { grant_type: 'client_credentials' }
    const token = tokensIn(await tokenCall(client(), machine, grant)).access_token
    const asked = async () => (await tokenCall(client(), machine, { ...grant })).status
    await (await disable(world(), { clientId: machine.id, by: byCli })).propagated
    assert.equal(await asked(), 401)
    await enable(world(), { clientId: machine.id, by: byCli })
    assert.equal(await asked(), 200)
    assert.ok(token)
    const app = await registerApp(world())
    await tokensFor(await visitor(), client(), app)
    await (await disable(world(), { clientId: app.id, by: byCli })).propagated
    await cleanSessions(world(), 100)
    const rows = await world().db.query(sql`select ended_reason from grants where client_id = ${app.id}`)
    assert.deepEqual(
      rows.map(({ ended_reason }) => ended_reason),
      ['app_removed'],
    )
  })
})

onBothEngines('disabling an app concurrently', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  test('a code exchange concurrent with disabling the app never leaves a working token', async () => {
    const browser = await visitor()
    for (let times = 0; times < 5; times++) {
      const app = await registerApp(world())
      const pkce = newPkce()
      const code = (await answerToApp(browser, authorizePath(app, pkce), app)).get('code') ?? ''
      const [exchanged] = await atOnce(2, async (index) => {
        if (index === 0) return exchange(client(), app, { code, code_verifier: pkce.verifier })
        await (await disable(world(), { clientId: app.id, by: byCli })).propagated
        return undefined
      })
      await enable(world(), { clientId: app.id, by: byCli })
      if (exchanged?.status !== 200) continue
      const { access_token: bearer, refresh_token } = tokensIn(exchanged)
      assert.equal((await client().get('/oauth/userinfo', { bearer })).status, 401)
      const refreshed = await tokenCall(client(), app, { grant_type: 'refresh_token', refresh_token })
      assert.equal(tokensIn(refreshed).error, 'invalid_grant')
    }
  })
})
