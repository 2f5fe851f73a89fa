import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerToApp,
  authorizePath,
  callback,
  exchange,
  newPkce,
  registerApp,
  type TestApp,
  tokenCall,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import type { Client } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { rowsIn } from '#test/support/stored-rows.ts'

async function newCode(
  { visitor }: ReturnType<typeof attackedServer>,
  app: TestApp,
): Promise<{ browser: Client; code: string; code_verifier: string }> {
  const pkce = newPkce()
  const browser = await visitor()
  const answer = await answerToApp(browser, authorizePath(app, pkce), app)
  return { browser, code: answer.get('code') ?? '', code_verifier: pkce.verifier }
}

onBothEngines('replayed and injected authorization codes', (engine) => {
  const attacked = attackedServer(engine)
  const { world, client } = attacked

  test('twenty exchanges of a code at once open one grant, which the replay revokes', async () => {
    const app = await registerApp(world())
    const { code, code_verifier } = await newCode(attacked, app)
    const caller = client()
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => exchange(caller, app, { code, code_verifier })),
    )
    const won = replies.filter(({ status }) => status === 200)
    const grants = await rowsIn(world().db.query, 'grants', { column: 'client_id', is: app.id })
    assert.deepEqual(
      grants.map((grant) => grant.ended_reason),
      ['code_reused'],
    )
    // A replay that comes before the tokens are issued leaves none for the winner either.
    assert.ok(won.length <= 1)
    for (const reply of replies)
      if (reply.status !== 200) assert.equal(tokensIn(reply).error, 'invalid_grant')
    const [winner] = won
    if (!winner) return
    const { access_token, refresh_token } = tokensIn(winner)
    assert.equal((await caller.get('/oauth/userinfo', { bearer: access_token })).status, 401)
    const refreshed = await tokenCall(caller, app, { grant_type: 'refresh_token', refresh_token })
    assert.equal(tokensIn(refreshed).error, 'invalid_grant')
  })

  test('a code is bound to its client, its redirect URI and its PKCE verifier', async () => {
    const redirectUris = [callback, 'https://app.example.com/other']
    const app = await registerApp(world(), { redirectUris })
    const stranger = await registerApp(world())
    const { code, code_verifier } = await newCode(attacked, app)
    const attempts: [TestApp, Record<string, string>][] = [
      [stranger, { code, code_verifier }],
      [app, { code, code_verifier, redirect_uri: 'https://app.example.com/other' }],
      [app, { code }],
      [app, { code, code_verifier: newPkce().verifier }],
      [app, { code: `${code}x`, code_verifier }],
      [
        { ...app, secret: undefined },
        { code, code_verifier },
      ],
    ]
    for (const [as, fields] of attempts) {
      const reply = await exchange(client(), as, fields)
      assert.ok(reply.status === 400 || reply.status === 401, reply.text)
    }
    assert.equal((await exchange(client(), app, { code, code_verifier })).status, 200)
  })
})

onBothEngines('authorization codes and PKCE', (engine) => {
  const attacked = attackedServer(engine)
  const { world, client, visitor } = attacked

  test('PKCE cannot be dropped or added by an attacker', async () => {
    const strict = await registerApp(world())
    const browser = await visitor()
    const pkce = newPkce()
    const without = { code_challenge: '', code_challenge_method: '' }
    const refused = await answerToApp(browser, authorizePath(strict, pkce, without), strict)
    assert.equal(refused.get('error'), 'invalid_request')
    const plain = { code_challenge_method: 'plain' }
    const unhashed = await answerToApp(browser, authorizePath(strict, pkce, plain), strict)
    assert.equal(unhashed.get('error'), 'invalid_request')
    // Injected into the session of an app without PKCE, a code has an unexpected verifier.
    const lax = await registerApp(world(), { isPkceOptional: true })
    const answer = await answerToApp(browser, authorizePath(lax, pkce, without), lax)
    const code = answer.get('code') ?? ''
    const injected = await exchange(client(), lax, { code, code_verifier: pkce.verifier })
    assert.equal(tokensIn(injected).error, 'invalid_grant')
    assert.equal((await exchange(client(), lax, { code })).status, 200)
  })

  test('a code stops working once its user has signed out', async () => {
    const app = await registerApp(world())
    const { browser, ...code } = await newCode(attacked, app)
    await browser.send('POST', '/sign-out', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(tokensIn(await exchange(client(), app, code)).error, 'invalid_grant')
  })
})
