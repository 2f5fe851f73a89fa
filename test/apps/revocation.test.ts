import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { editUser } from '#src/accounts/edit.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { removeApp } from '#src/apps/end-app.ts'
import { byCli } from '#src/audit/by.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import {
  type AppTokens,
  formCall,
  registerApi,
  registerApp,
  type TestApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { goodPassword, logOutEverywhere, sessionIn, signIn } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { createVerifier } from '../../sdk/verify/src/verify.ts'
import { attached } from '../../sdk/verify/test/support/attached.ts'

/** A user who is signed in to an app, with everything that a test can revoke. */
type Connected = {
  readonly app: TestApp
  readonly tokens: AppTokens
  readonly browser: Client
  readonly userId: string
  /** A first-party access token of another session of the user. */
  readonly bearer: string
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** Everything that ends the tokens of an app, by name. */
function endings(client: Client, world: Parameters<typeof removeApp>[0]) {
  const ending: Record<string, (connected: Connected) => Promise<unknown>> = {
    'POST /logout_all': ({ bearer }) => logOutEverywhere(client, bearer),
    'the sign-out of the session': ({ browser }) => browser.send('POST', '/sign-out', { headers: form }),
    'DELETE /me/sessions': ({ bearer }) => client.delete('/api/v1/me/sessions', { bearer }),
    'a changed password': ({ bearer }) =>
      client.put('/api/v1/me/password', { current: goodPassword, new: 'another plum 43 window' }, { bearer }),
    'a changed email': async ({ userId }) => {
      const edit = { email: `new-${userId.toLowerCase()}@example.org` }
      await (await editUser(world, { userId, edit, by: byCli })).propagated
    },
    'a disabled user': async ({ userId }) => (await disable(world, { userId, by: byCli })).propagated,
    'a deleted user': async ({ userId }) => (await removeWithTokens(world, { userId, by: byCli })).propagated,
    'DELETE /me/apps/{id}': ({ bearer, app }) => client.delete(`/api/v1/me/apps/${app.id}`, { bearer }),
    'a removed app': async ({ app }) => (await removeApp(world, { clientId: app.id, by: byCli })).propagated,
    'the revocation endpoint, with the access token': ({ app, tokens }) =>
      formCall(client, '/oauth/revoke', app, { token: tokens.access_token }),
    'the revocation endpoint, with the refresh token': ({ app, tokens }) =>
      formCall(client, '/oauth/revoke', app, { token: tokens.refresh_token }),
  }
  return ending
}

/** A server for a suite, with APIs that have verifiers, and users who are signed in to apps. */
function connectedServer(engine: Engine) {
  const server = serverForSuite(engine)
  const world = () => server().world
  const client = () => clientAt(server().url)

  async function verified() {
    const api = await registerApi(world())
    const added = await addVerifier(world(), { name: api.name, apiId: api.id, by: byCli })
    const verifier = await attached(server(), { audience: api.audience, key: added?.key ?? '' })
    const isActive = async (token: string, key = added?.key) => {
      const headers = { ...form, authorization: `Bearer ${key}` }
      const raw = new URLSearchParams({ token }).toString()
      const { body } = await client().send('POST', '/oauth/introspect', { raw, headers })
      return (body as unknown as { active: boolean }).active
    }
    const revoke = async (token: string) => {
      const headers = { ...form, authorization: `Bearer ${added?.key}` }
      const raw = new URLSearchParams({ token }).toString()
      assert.equal((await client().send('POST', '/oauth/revoke', { raw, headers })).status, 200)
    }
    return { api, verifier, isActive, revoke }
  }

  async function connected(app: TestApp, more: Record<string, string> = {}): Promise<Connected> {
    const browser = browserAt(server().url)
    const login = await arrivedOnPage(browser)
    const tokens = await tokensFor(browser, client(), app, { scope: 'openid read', ...more })
    const session = sessionIn(await signIn(client(), { email: login, password: goodPassword }))
    return { app, tokens, browser, userId: session.user.id, bearer: session.access_token }
  }
  return { server, world, client, verified, connected }
}

onBothEngines('the end of the tokens of apps', (engine) => {
  const { world, client, verified, connected } = connectedServer(engine)

  test('every revocation reaches verifiers, introspection, userinfo, refresh before it returns', async () => {
    const { api, verifier, isActive } = await verified()
    for (const [name, end] of Object.entries(endings(client(), world()))) {
      const app = await registerApp(world(), { apis: [{ name: api.name }] })
      const [theirs, others] = [await connected(app), await connected(app)]
      const { access_token: token, refresh_token } = theirs.tokens
      assert.equal((await verifier.verify(token)).clientId, app.id, name)
      assert.equal(await isActive(token), true, name)
      await end(theirs)
      // Checked immediately, before anything else can happen in this process.
      assert.throws(() => verifier.verifySync(token), { code: 'revoked' }, name)
      assert.equal(await isActive(token), false, name)
      assert.equal((await client().get('/oauth/userinfo', { bearer: token })).status, 401, name)
      const refreshed = await tokenCall(client(), app, { grant_type: 'refresh_token', refresh_token })
      assert.match(tokensIn(refreshed).error, /^invalid_(?:grant|client)$/, name)
      const isAppGone = name === 'a removed app'
      assert.equal(await isActive(others.tokens.access_token), !isAppGone, `another user, ${name}`)
    }
  })
})

onBothEngines('offline grants', (engine) => {
  const { world, client, verified, connected } = connectedServer(engine)

  test('an offline grant outlives its session, and every other revocation ends it', async () => {
    const { api, verifier } = await verified()
    const app = await registerApp(world(), { apis: [{ name: api.name }] })
    const offline = { scope: 'openid read offline_access', prompt: 'consent' }
    const { browser, tokens, bearer } = await connected(app, offline)
    await browser.send('POST', '/sign-out', { headers: form })
    assert.equal((await verifier.verify(tokens.access_token)).clientId, app.id)
    const { refresh_token } = tokens
    const refreshed = await tokenCall(client(), app, { grant_type: 'refresh_token', refresh_token })
    assert.equal(refreshed.status, 200, refreshed.text)
    const { access_token: fresh } = tokensIn(refreshed)
    assert.equal((await verifier.verify(fresh)).clientId, app.id)
    await logOutEverywhere(client(), bearer)
    for (const token of [tokens.access_token, fresh]) {
      assert.throws(() => verifier.verifySync(token), { code: 'revoked' })
    }
  })
})

onBothEngines('introspection and revocation by apps', (engine) => {
  const { world, client, verified, connected } = connectedServer(engine)

  test('introspection shows apps their own tokens, and verifiers the tokens of their API', async () => {
    const { api, isActive } = await verified()
    const other = await verified()
    const app = await registerApp(world(), { apis: [{ name: api.name }] })
    const stranger = await registerApp(world(), { apis: [{ name: api.name }] })
    const { tokens, bearer } = await connected(app)
    const asked = async (by: TestApp) =>
      (await formCall(client(), '/oauth/introspect', by, { token: tokens.access_token })).text
    assert.match(await asked(app), /"active":true/)
    assert.equal(await asked(stranger), '{"active":false}')
    assert.equal(await isActive(tokens.access_token), true)
    assert.equal(await other.isActive(tokens.access_token), false)
    const firstParty = await addVerifier(world(), { name: `own ${api.name}`, by: byCli })
    assert.equal(await isActive(tokens.access_token, firstParty?.key), false)
    assert.equal(await isActive(bearer, firstParty?.key), true)
    assert.equal(await isActive(bearer), false)
    assert.equal(await isActive(tokens.refresh_token), false)
  })

  test('a verifier of an API revokes only tokens for that API', async () => {
    const { api, isActive, revoke } = await verified()
    const other = await verified()
    const app = await registerApp(world(), { apis: [{ name: api.name }] })
    const { tokens, bearer } = await connected(app)
    const firstParty = await addVerifier(world(), { name: `sessions ${api.name}`, by: byCli })
    await other.revoke(tokens.access_token)
    await revoke(tokens.refresh_token)
    await revoke(bearer)
    assert.equal(await isActive(tokens.access_token), true)
    assert.equal(await isActive(bearer, firstParty?.key), true)
    await revoke(tokens.access_token)
    assert.equal(await isActive(tokens.access_token), false)
    assert.equal(await isActive(bearer, firstParty?.key), true)
  })

  test('revoking a token of another app has no effect, and a machine has no tokens to revoke', async () => {
    const { api, isActive } = await verified()
    const app = await registerApp(world(), { apis: [{ name: api.name }] })
    const stranger = await registerApp(world())
    const { tokens } = await connected(app)
    for (const token of [tokens.access_token, tokens.refresh_token, 'x']) {
      assert.equal((await formCall(client(), '/oauth/revoke', stranger, { token })).status, 200)
    }
    assert.equal(await isActive(tokens.access_token), true)
    const machine = await registerApp(world(), { kind: 'machine', apis: [{ name: api.name }] })
    const issued = await tokenCall(client(), machine, { grant_type: 'client_credentials' })
    const token = tokensIn(issued).access_token
    assert.equal(await isActive(token), true)
    const revoked = await formCall(client(), '/oauth/revoke', machine, { token })
    assert.equal(tokensIn(revoked).error, 'unsupported_token_type')
    await (await removeApp(world(), { clientId: machine.id, by: byCli })).propagated
    assert.equal(await isActive(token), false)
  })
})

onBothEngines('a verifier of an API without a lease', (engine) => {
  const { world, client, connected, server } = connectedServer(engine)

  test('a verifier without a lease introspects tokens of apps, including revoked ones', async () => {
    const api = await registerApi(world())
    const added = await addVerifier(world(), { name: api.name, apiId: api.id, by: byCli })
    const verifier = createVerifier({
      issuer: world().settings.publicUrl,
      audience: api.audience,
      serverUrl: server().url,
      key: added?.key ?? '',
      fetch: (url, init) => (url.endsWith('/poll') ? Promise.reject(new Error('cut off')) : fetch(url, init)),
    })
    after(() => verifier.close())
    const app = await registerApp(world(), { apis: [{ name: api.name }] })
    const { tokens, bearer } = await connected(app)
    assert.equal((await verifier.verify(tokens.access_token)).clientId, app.id)
    await logOutEverywhere(client(), bearer)
    await assert.rejects(verifier.verify(tokens.access_token), { code: 'revoked' })
  })
})

onBothEngines('connected apps', (engine) => {
  const { world, client, connected } = connectedServer(engine)

  test('connected apps are listed until they are removed, in the API and on the page', async () => {
    const app = await registerApp(world(), { name: 'Notes & more' })
    const { bearer, browser } = await connected(app)
    const list = async () =>
      ((await client().get('/api/v1/me/apps', { bearer })).body as unknown as { data: { id: string }[] }).data
    assert.deepEqual(
      (await list()).map(({ id }) => id),
      [app.id],
    )
    const page = await browser.get('/account/apps')
    assert.match(page.text, /Notes &amp; more/)
    const removed = await browser.send('POST', `/account/apps/${app.id}/remove`, { headers: form })
    assert.equal(removed.headers.location, '/account/apps')
    assert.deepEqual(await list(), [])
    assert.match((await browser.get('/account/apps')).text, /No app is connected/)
    assert.equal((await client().delete(`/api/v1/me/apps/${app.id}`, { bearer })).status, 404)
  })
})
