import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerToApp,
  authorizePath,
  callback,
  claimsIn,
  exchange,
  locationOf,
  newPkce,
  registerApi,
  registerApp,
  type TestApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

function attackedServer(engine: Parameters<Parameters<typeof onBothEngines>[1]>[0]) {
  const server = serverForSuite(engine)
  const client = () => clientAt(server().url)
  return {
    server,
    world: () => server().world,
    client,
    async visitor() {
      const browser = browserAt(server().url)
      const email = await arrivedOnPage(browser)
      return Object.assign(browser, { email })
    },
  }
}

onBothEngines('authorization codes', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  async function newCode(app: TestApp) {
    const pkce = newPkce()
    const browser = await visitor()
    const answer = await answerToApp(browser, authorizePath(app, pkce), app)
    return { browser, code: answer.get('code') ?? '', code_verifier: pkce.verifier }
  }

  test('of twenty exchanges of one code at once, one gets tokens, and the replay ends them', async () => {
    const app = await registerApp(world())
    const { code, code_verifier } = await newCode(app)
    const caller = client()
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => exchange(caller, app, { code, code_verifier })),
    )
    const won = replies.filter(({ status }) => status === 200)
    assert.equal(won.length, 1)
    for (const reply of replies)
      if (reply.status !== 200) assert.equal(tokensIn(reply).error, 'invalid_grant')
    const [winner] = won
    assert.ok(winner)
    const { access_token, refresh_token } = tokensIn(winner)
    assert.equal((await caller.get('/oauth/userinfo', { bearer: access_token })).status, 401)
    const refreshed = await tokenCall(caller, app, { grant_type: 'refresh_token', refresh_token })
    assert.equal(tokensIn(refreshed).error, 'invalid_grant')
  })

  test('a code is bound to its client, its redirect URI and its PKCE verifier', async () => {
    const redirectUris = [callback, 'https://app.example.com/other']
    const app = await registerApp(world(), { redirectUris })
    const stranger = await registerApp(world())
    const { code, code_verifier } = await newCode(app)
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

  test('PKCE cannot be dropped or added on the way', async () => {
    const strict = await registerApp(world())
    const browser = await visitor()
    const pkce = newPkce()
    const without = { code_challenge: '', code_challenge_method: '' }
    const refused = await answerToApp(browser, authorizePath(strict, pkce, without), strict)
    assert.equal(refused.get('error'), 'invalid_request')
    const plain = { code_challenge_method: 'plain' }
    const unhashed = await answerToApp(browser, authorizePath(strict, pkce, plain), strict)
    assert.equal(unhashed.get('error'), 'invalid_request')
    // Injected into the session of an app without PKCE, a code comes with a verifier that it does not expect.
    const lax = await registerApp(world(), { isPkceOptional: true })
    const answer = await answerToApp(browser, authorizePath(lax, pkce, without), lax)
    const code = answer.get('code') ?? ''
    const injected = await exchange(client(), lax, { code, code_verifier: pkce.verifier })
    assert.equal(tokensIn(injected).error, 'invalid_grant')
    assert.equal((await exchange(client(), lax, { code })).status, 200)
  })

  test('a code is worthless once its user has signed out', async () => {
    const app = await registerApp(world())
    const { browser, ...code } = await newCode(app)
    await browser.send('POST', '/sign-out', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(tokensIn(await exchange(client(), app, code)).error, 'invalid_grant')
  })
})

onBothEngines('authorization requests', (engine) => {
  const { world, visitor, server } = attackedServer(engine)

  test('a redirect URI that is not registered letter by letter is never redirected to', async () => {
    const app = await registerApp(world())
    const browser = await visitor()
    const tricks = [
      'https://app.example.com/callback/',
      'https://app.example.com/callback?x=1',
      'https://app.example.com/callback#x',
      'https://app.example.com/callback/../callback',
      'https://app.example.com/CALLBACK',
      'https://app.example.com:443/callback',
      'https://app.example.com@evil.example/callback',
      'https://evil.example/callback',
      'http://app.example.com/callback',
      '//app.example.com/callback',
      'javascript:alert(1)',
    ]
    for (const redirect_uri of [...tricks, '']) {
      const reply = await browser.get(authorizePath({ ...app, redirectUri: redirect_uri }, newPkce()))
      assert.equal(reply.status, 400, `${redirect_uri}: ${reply.headers.location}`)
      assert.match(reply.text, /\/docs\/errors\/invalid_app_request/)
    }
  })

  test('a native app may listen on any loopback port, and is never let through without a question', async () => {
    const redirectUris = ['http://127.0.0.1/callback']
    const app = await registerApp(world(), { kind: 'native', redirectUris })
    const browser = await visitor()
    const here = { ...app, redirectUri: 'http://127.0.0.1:51234/callback' }
    const asked = await browser.get(authorizePath(here, newPkce()))
    assert.match(locationOf(asked), /^\/consent\//)
    const answer = await answerToApp(browser, authorizePath(here, newPkce()), here)
    assert.ok(answer.get('code'))
    const silent = await answerToApp(browser, authorizePath(here, newPkce(), { prompt: 'none' }), here)
    assert.equal(silent.get('error'), 'interaction_required')
    const other = { ...app, redirectUri: 'http://127.0.0.1:51234/other' }
    assert.equal((await browser.get(authorizePath(other, newPkce()))).status, 400)
  })

  test('every answer names the issuer, so that an app can tell servers apart', async () => {
    const app = await registerApp(world())
    const browser = await visitor()
    const issuer = world().settings.publicUrl
    const good = await answerToApp(browser, authorizePath(app, newPkce()), app)
    const bad = await answerToApp(browser, authorizePath(app, newPkce(), { response_type: 'token' }), app)
    assert.deepEqual([good.get('iss'), bad.get('iss')], [issuer, issuer])
    assert.equal(bad.get('error'), 'unsupported_response_type')
  })

  test('prompt=none and max_age read the page session, which a sign-out ends', async () => {
    const app = await registerApp(world())
    const nobody = browserAt(server().url)
    const none = authorizePath(app, newPkce(), { prompt: 'none' })
    assert.equal((await answerToApp(nobody, none, app)).get('error'), 'login_required')
    const browser = await visitor()
    assert.ok((await answerToApp(browser, none, app)).get('code'))
    const again = await browser.get(authorizePath(app, newPkce(), { prompt: 'login' }))
    assert.match(locationOf(again), /^\/sign-in\?next=.*&again=1$/)
    // Coming back without having signed in again leads to the form again.
    const next = new URLSearchParams(locationOf(again).split('?')[1]).get('next') ?? ''
    await browser.send('POST', '/sign-out', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.match(locationOf(await browser.get(next)), /^\/sign-in\?/)
    assert.equal((await answerToApp(browser, none, app)).get('error'), 'login_required')
  })

  test('a request that waits for one browser cannot be finished in another', async () => {
    const app = await registerApp(world())
    const victim = browserAt(server().url)
    const begun = await victim.get(authorizePath(app, newPkce()))
    const next = new URLSearchParams(locationOf(begun).split('?')[1]).get('next') ?? ''
    const attacker = await visitor()
    const reply = await attacker.get(next)
    assert.equal(reply.status, 400, reply.headers.location)
  })

  test('consent is asked of third-party apps only, once, and belongs to the user who was asked', async () => {
    const api = await registerApi(world())
    const app = await registerApp(world(), {
      isFirstParty: false,
      name: '<b>Evil</b>',
      apis: [{ name: api.name }],
    })
    const browser = await visitor()
    const path = authorizePath(app, newPkce(), { scope: 'openid email read' })
    const consent = locationOf(await browser.get(path))
    const page = await browser.get(consent)
    assert.match(page.text, /&lt;b&gt;Evil&lt;\/b&gt;/)
    assert.match(page.text, /Read notes/)
    assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/)
    const other = await visitor()
    assert.equal((await other.get(consent)).status, 404)
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, raw: 'decision=allow' }
    assert.equal((await other.send('POST', consent, form)).status, 404)
    const foreign = { ...form, headers: { ...form.headers, origin: 'https://evil.example' } }
    assert.equal((await browser.send('POST', consent, foreign)).status, 403)
    assert.ok((await answerToApp(browser, path, app)).get('code'))
    const second = await browser.get(authorizePath(app, newPkce(), { scope: 'openid email read' }))
    assert.match(locationOf(second), /^https:\/\/app\.example\.com\/callback\?code=/)
    const wider = await browser.get(authorizePath(app, newPkce(), { scope: 'openid email roles read' }))
    const asked = locationOf(wider)
    assert.match(asked, /^\/consent\//)
    const no = await browser.send('POST', asked, { ...form, raw: 'decision=refuse' })
    const refused = await answerToApp(browser, locationOf(no), app)
    assert.equal(refused.get('error'), 'access_denied')
  })
})

onBothEngines('tokens of apps', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  test('a token of an app opens neither the account nor the administration', async () => {
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

  test('a refresh cannot widen scopes or change the audience, and a mistake costs nothing', async () => {
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

  test('a refresh token works for its own app only, and not for a session', async () => {
    const app = await registerApp(world())
    const stranger = await registerApp(world())
    const { refresh_token } = await tokensFor(await visitor(), client(), app)
    const stolen = await tokenCall(client(), stranger, { grant_type: 'refresh_token', refresh_token })
    assert.equal(tokensIn(stolen).error, 'invalid_grant')
    assert.equal((await client().post('/api/v1/auth/refresh', { refresh_token })).status, 401)
    const own = await tokenCall(client(), app, { grant_type: 'refresh_token', refresh_token })
    assert.equal(own.status, 200)
  })

  test('of twenty refreshes at once one rotates, and all get its successor', async () => {
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
