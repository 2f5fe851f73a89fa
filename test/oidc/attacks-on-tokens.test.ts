import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import {
  answerToApp,
  authorizePath,
  claimsIn,
  formCall,
  newPkce,
  registerApi,
  registerApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'

onBothEngines('tokens of apps under attack', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  test('a token of an app gives access to neither the account nor the administration', async () => {
    const api = await registerApi(world())
    for (const apis of [[], [{ name: api.name }]]) {
      const app = await registerApp(world(), { apis })
      const { access_token: bearer } = await tokensFor(await visitor(), client(), app)
      for (const path of ['/api/v1/me', '/api/v1/users', '/api/v1/me/apps', '/api/v1/auth/verify']) {
        assert.equal((await client().get(path, { bearer })).status, 401, path)
      }
      assert.equal((await client().get('/oauth/userinfo', { bearer })).status, 200)
    }
  })

  test('a refresh cannot widen scopes or change the audience, and errors use up no token', async () => {
    const api = await registerApi(world(), { read: 'Read', write: 'Write' })
    const other = await registerApi(world())
    const app = await registerApp(world(), { apis: [{ name: api.name }, { name: other.name }] })
    const more = { scope: 'openid read', resource: api.audience }
    const { refresh_token } = await tokensFor(await visitor(), client(), app, more)
    const refresh = (fields: Record<string, string>) =>
      tokenCall(client(), app, { grant_type: 'refresh_token', refresh_token, ...fields })
    assert.equal(tokensIn(await refresh({ scope: 'openid read write' })).error, 'invalid_scope')
    assert.equal(tokensIn(await refresh({ resource: other.audience })).error, 'invalid_target')
    assert.equal(tokensIn(await refresh({ resource: 'https://evil.example' })).error, 'invalid_target')
    const narrowed = await refresh({ scope: 'openid' })
    assert.equal(claimsIn(tokensIn(narrowed).access_token).scope, 'openid')
    assert.equal(claimsIn(tokensIn(narrowed).access_token).aud, api.audience)
  })

  test('a token is rejected by other audiences, and an ID token gives no access', async () => {
    const [mine, other] = [await registerApi(world()), await registerApi(world())]
    const app = await registerApp(world(), { apis: [{ name: mine.name }] })
    const stranger = await registerApp(world())
    const { access_token, id_token } = await tokensFor(await visitor(), client(), app)
    const verifier = await addVerifier(world(), { name: `of ${other.name}`, apiId: other.id, by: byCli })
    const active = async (authorization: string) => {
      const reply = await sendForm(client(), '/oauth/introspect', { token: access_token }, { authorization })
      return reply.body as unknown
    }
    assert.deepEqual(await active(`Bearer ${verifier?.key}`), { active: false })
    const asStranger = await formCall(client(), '/oauth/introspect', stranger, { token: access_token })
    assert.deepEqual(asStranger.body as object, { active: false })
    assert.equal((await client().get('/oauth/userinfo', { bearer: id_token })).status, 401)
    assert.equal((await client().get('/api/v1/me', { bearer: id_token })).status, 401)
    const hint = authorizePath(app, newPkce(), { id_token_hint: access_token, prompt: 'none' })
    assert.equal((await answerToApp(await visitor(), hint, app)).get('error'), 'invalid_request')
  })
})

onBothEngines('refresh tokens of apps under attack', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  test('a refresh token works only for its own app, and not for a session', async () => {
    const app = await registerApp(world())
    const stranger = await registerApp(world())
    const { refresh_token } = await tokensFor(await visitor(), client(), app)
    const stolen = await tokenCall(client(), stranger, { grant_type: 'refresh_token', refresh_token })
    assert.equal(tokensIn(stolen).error, 'invalid_grant')
    assert.equal((await client().post('/api/v1/auth/refresh', { refresh_token })).status, 401)
    const own = await tokenCall(client(), app, { grant_type: 'refresh_token', refresh_token })
    assert.equal(own.status, 200)
  })

  test('of twenty concurrent refreshes one rotates, and all get its successor', async () => {
    const app = await registerApp(world())
    const { refresh_token } = await tokensFor(await visitor(), client(), app)
    const caller = client()
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        tokenCall(caller, app, { grant_type: 'refresh_token', refresh_token }),
      ),
    )
    const successors = new Set(replies.map((reply) => tokensIn(reply).refresh_token))
    assert.deepEqual([replies.every(({ status }) => status === 200), successors.size], [true, 1])
  })
})
