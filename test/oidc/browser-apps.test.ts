import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerApp, type TestApp, tokenCall, tokensFor } from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import type { Client, Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'

const own = 'https://spa.example.com'
const foreign = 'https://evil.example'
const redirectUris = [`${own}/callback`]

function formAs(
  client: Client,
  path: string,
  fields: Record<string, string>,
  origin: string,
): Promise<Reply> {
  return sendForm(client, path, fields, { origin, 'sec-fetch-site': 'cross-site' })
}

function readerOf({ headers }: Reply): string | undefined {
  assert.equal(headers['access-control-allow-credentials'], undefined)
  assert.match(headers.vary ?? '', /\bOrigin\b/)
  return headers['access-control-allow-origin']
}

onBothEngines('scripts of browser apps', (engine) => {
  const { world, client, visitor } = attackedServer(engine)
  const newApp = () => registerApp(world(), { kind: 'browser', redirectUris, allowedOrigins: [own] })

  test('only scripts of an allowed origin can read tokens, userinfo and their errors', async () => {
    const app = await newApp()
    const { access_token, refresh_token } = await tokensFor(await visitor(), client(), app)
    const refresh = { grant_type: 'refresh_token', client_id: app.id }
    const used = await formAs(client(), '/oauth/token', { ...refresh, refresh_token }, own)
    assert.deepEqual([used.status, readerOf(used)], [200, own])
    const wrong = await formAs(client(), '/oauth/token', { ...refresh, refresh_token: 'x' }, own)
    assert.deepEqual([wrong.status, readerOf(wrong)], [400, own])
    const stolen = await formAs(client(), '/oauth/token', { ...refresh, refresh_token }, foreign)
    assert.deepEqual([stolen.status, readerOf(stolen)], [400, undefined])
    const info = (origin: string, bearer: string) =>
      client().get('/oauth/userinfo', { bearer, headers: { origin } })
    assert.equal(readerOf(await info(own, access_token)), own)
    assert.equal(readerOf(await info(foreign, access_token)), undefined)
    const revoke = { token: access_token, client_id: app.id }
    assert.equal(readerOf(await formAs(client(), '/oauth/revoke', revoke, own)), own)
    assert.equal(readerOf(await formAs(client(), '/oauth/revoke', revoke, foreign)), undefined)
    const dead = await info(own, access_token)
    assert.deepEqual([dead.status, readerOf(dead)], [401, own])
    assert.match(String(dead.headers['www-authenticate']), /error="invalid_token"/)
  })

  test('without registered origins no script can read the responses for a browser app', async () => {
    const app = await registerApp(world(), { kind: 'browser', redirectUris })
    const reply = await tokenCall(client(), app, { grant_type: 'refresh_token', refresh_token: 'x' })
    assert.equal(reply.headers['access-control-allow-origin'], undefined)
    const refresh = { grant_type: 'refresh_token', client_id: app.id, refresh_token: 'x' }
    assert.equal(readerOf(await formAs(client(), '/oauth/token', refresh, own)), undefined)
  })

  test('preflights are answered only for the endpoints for scripts', async () => {
    const ask = (path: string) =>
      client().send('OPTIONS', path, {
        headers: {
          origin: own,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, dpop',
        },
      })
    for (const path of ['token', 'userinfo', 'revoke', 'par', 'device_authorization']) {
      const reply = await ask(`/oauth/${path}`)
      assert.deepEqual([reply.status, readerOf(reply)], [204, own], path)
      assert.match(String(reply.headers['access-control-allow-headers']), /authorization, content-type, dpop/)
    }
    for (const path of ['introspect', 'authorize', 'logout']) {
      assert.equal((await ask(`/oauth/${path}`)).status, 405, path)
    }
  })
})

onBothEngines('userinfo', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  const newApp = () => registerApp(world(), { kind: 'browser', redirectUris, allowedOrigins: [own] })

  test('userinfo accepts a token in the header or in the form, but not in both or in the query', async () => {
    const app: TestApp = await newApp()
    const { access_token } = await tokensFor(await visitor(), client(), app)
    const authorization = `Bearer ${access_token}`
    const [inHeader, inForm] = [
      await sendForm(client(), '/oauth/userinfo', {}, { authorization }),
      await sendForm(client(), '/oauth/userinfo', { access_token }),
    ]
    const { body } = await client().get('/oauth/userinfo', { bearer: access_token })
    assert.deepEqual([inHeader.body, inForm.body], [body, body])
    const both = await sendForm(client(), '/oauth/userinfo', { access_token }, { authorization })
    assert.equal(both.status, 400)
    assert.equal((await sendForm(client(), '/oauth/userinfo', { access_token: 'x' })).status, 401)
    assert.equal((await sendForm(client(), '/oauth/userinfo')).status, 401)
    const query = new URLSearchParams({ access_token })
    assert.equal((await client().get(`/oauth/userinfo?${query}`)).status, 401)
  })

  test('errors of userinfo have the shape of OAuth, with a challenge that names a bad token', async () => {
    const path = '/oauth/userinfo'
    const withBadToken = [
      await client().get(path, { bearer: 'x' }),
      await sendForm(client(), path, { access_token: 'x' }),
      await sendForm(client(), path, {}, { authorization: 'Bearer x' }),
    ]
    const withoutToken = [await client().get(path), await sendForm(client(), path)]
    for (const reply of [...withBadToken, ...withoutToken]) {
      assert.deepEqual(Object.keys(reply.body), ['error', 'error_description'])
      assert.equal((reply.body as unknown as { error: string }).error, 'invalid_token')
      assert.deepEqual([reply.status, reply.headers['content-type']], [401, 'application/json'])
    }
    const challenges = (replies: typeof withBadToken) =>
      new Set(replies.map(({ headers }) => headers['www-authenticate']))
    assert.deepEqual(challenges(withBadToken), new Set(['Bearer realm="sigil", error="invalid_token"']))
    assert.deepEqual(challenges(withoutToken), new Set(['Bearer realm="sigil"']))
  })
})
