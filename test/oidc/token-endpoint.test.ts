import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callback, formCall, newPkce, registerApp, tokenCall, tokensIn } from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'

onBothEngines('the endpoints that apps call', (engine) => {
  const { server, world } = attackedServer(engine)

  test('the token endpoint rejects an unknown grant type', async () => {
    const app = await registerApp(world())
    const reply = await tokenCall(clientAt(server().url), app, { grant_type: 'password' })
    assert.equal(tokensIn(reply).error, 'unsupported_grant_type')
  })

  test('an app is not authorized for a grant type that its kind does not have', async () => {
    const app = await registerApp(world())
    const client = clientAt(server().url)
    const replies = [
      await tokenCall(client, app, { grant_type: 'client_credentials' }),
      await formCall(client, '/oauth/device_authorization', app, { scope: 'openid' }),
    ]
    for (const reply of replies)
      assert.deepEqual([reply.status, tokensIn(reply).error], [400, 'unauthorized_client'])
  })

  test('an app whose HTTP client prefers HTML gets errors as JSON', async () => {
    const app = await registerApp(world())
    const raw = new URLSearchParams({ client_id: app.id, client_secret: app.secret ?? '', grant_type: 'x' })
    // As Java sends it by default.
    const accept = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'
    const headers = { accept, 'content-type': 'application/x-www-form-urlencoded' }
    for (const path of ['/oauth/token', '/oauth/par', '/oauth/device_authorization']) {
      const reply = await clientAt(server().url).send('POST', path, { raw: `${raw}`, headers })
      assert.equal(reply.status, 400, path)
      assert.equal(typeof tokensIn(reply).error, 'string', path)
    }
  })

  test('an app pushes its authorization request and gets a reference to it', async () => {
    const app = await registerApp(world())
    const reply = await formCall(clientAt(server().url), '/oauth/par', app, {
      client_id: app.id,
      response_type: 'code',
      redirect_uri: callback,
      scope: 'openid',
      code_challenge: newPkce().challenge,
      code_challenge_method: 'S256',
    })
    assert.equal(reply.status, 201, reply.text)
    assert.match(reply.text, /"request_uri":"urn:/)
  })
})
