import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerToApp,
  authorizePath,
  claimsIn,
  exchange,
  newPkce,
  registerApi,
  registerApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { goodPassword, logOutEverywhere, sessionIn, signIn } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

onBothEngines('the code flow', (engine) => {
  const server = serverForSuite(engine)
  const world = () => server().world

  test('a first-party app gets a code, an ID token and an access token for its API', async () => {
    const api = await registerApi(world())
    const app = await registerApp(world(), { apis: [{ name: api.name }] })
    const browser = browserAt(server().url)
    const email = await arrivedOnPage(browser)
    const client = clientAt(server().url)
    const more = { scope: 'openid email read', nonce: 'n-1' }
    const tokens = await tokensFor(browser, client, app, more)
    const access = claimsIn(tokens.access_token)
    assert.deepEqual(
      [access.iss, access.aud, access.client_id, access.scope],
      [world().settings.publicUrl, api.audience, app.id, 'openid email read'],
    )
    const id = claimsIn(tokens.id_token)
    assert.deepEqual([id.aud, id.nonce, id.email, id.sub], [app.id, 'n-1', email, access.sub])
    const info = await client.get('/oauth/userinfo', { bearer: tokens.access_token })
    assert.deepEqual(info.body as object, { sub: id.sub, email, email_verified: false })
  })

  test('a visitor signs in on the way to the app', async () => {
    const app = await registerApp(world(), { kind: 'browser' })
    const email = await arrivedOnPage(browserAt(server().url))
    const browser = browserAt(server().url)
    const pkce = newPkce()
    const begun = await browser.get(authorizePath(app, pkce))
    const signIn = begun.headers.location ?? ''
    assert.match(signIn, /^\/sign-in\?next=%2Foauth%2Fauthorize%2F[\w-]+&again=1$/)
    const next = new URLSearchParams(signIn.split('?')[1]).get('next') ?? ''
    assert.equal((await browser.get(signIn)).status, 200)
    const sent = await sendForm(browser, '/sign-in', { login: email, password: goodPassword, next })
    assert.equal(sent.headers.location, next)
    const answer = await answerToApp(browser, next, app)
    assert.deepEqual([answer.get('state'), answer.get('iss')], ['of the app', world().settings.publicUrl])
    const code = answer.get('code') ?? ''
    const reply = await exchange(clientAt(server().url), app, { code, code_verifier: pkce.verifier })
    assert.equal(reply.status, 200, reply.text)
  })
})

onBothEngines('code exchanges and sign-outs', (engine) => {
  const server = serverForSuite(engine)

  test('a code exchange concurrent with logout_all never leaves a working token', async () => {
    const app = await registerApp(server().world)
    const client = clientAt(server().url)
    for (let times = 0; times < 10; times++) {
      const browser = browserAt(server().url)
      const login = await arrivedOnPage(browser)
      const { access_token } = sessionIn(await signIn(client, { email: login, password: goodPassword }))
      const pkce = newPkce()
      const code = (await answerToApp(browser, authorizePath(app, pkce), app)).get('code') ?? ''
      const [exchanged] = await Promise.all([
        exchange(client, app, { code, code_verifier: pkce.verifier }),
        logOutEverywhere(client, access_token),
      ])
      if (exchanged.status !== 200) continue
      const { access_token: bearer } = tokensIn(exchanged)
      assert.equal((await client.get('/oauth/userinfo', { bearer })).status, 401)
    }
  })
})

onBothEngines('refresh tokens of apps and tokens of machines', (engine) => {
  const server = serverForSuite(engine)
  const world = () => server().world

  test('a refresh token of an app rotates, and its reuse after the grace period ends the grant', async () => {
    const app = await registerApp(world())
    const browser = browserAt(server().url)
    await arrivedOnPage(browser)
    const client = clientAt(server().url)
    const first = await tokensFor(browser, client, app)
    const refresh = (token: string) =>
      tokenCall(client, app, { grant_type: 'refresh_token', refresh_token: token })
    const second = await refresh(first.refresh_token)
    assert.equal(second.status, 200, second.text)
    const repeated = tokensIn(await refresh(first.refresh_token))
    assert.equal(repeated.refresh_token, tokensIn(second).refresh_token)
    const third = await refresh(repeated.refresh_token)
    assert.equal(third.status, 200, third.text)
    // A token from two rotations ago counts as theft: the grant ends, with the current token.
    assert.equal(tokensIn(await refresh(first.refresh_token)).error, 'invalid_grant')
    assert.equal(tokensIn(await refresh(tokensIn(third).refresh_token)).error, 'invalid_grant')
    const info = await client.get('/oauth/userinfo', { bearer: tokensIn(third).access_token })
    assert.equal(info.status, 401)
  })

  test('a machine gets a token for its API, and none for another', async () => {
    const api = await registerApi(world(), { read: 'Read', write: 'Write' })
    const other = await registerApi(world())
    const app = await registerApp(world(), { kind: 'machine', apis: [{ name: api.name, scopes: ['read'] }] })
    const client = clientAt(server().url)
    const ask = (more: Record<string, string>) =>
      tokenCall(client, app, { grant_type: 'client_credentials', ...more })
    const reply = await ask({ scope: 'read' })
    assert.equal(reply.status, 200, reply.text)
    const claims = claimsIn(tokensIn(reply).access_token)
    assert.deepEqual([claims.aud, claims.sub, claims.scope], [api.audience, app.id, 'read'])
    assert.deepEqual([claims.auth_time, claims.sid], [undefined, undefined])
    assert.equal(tokensIn(await ask({ scope: 'write' })).error, 'invalid_scope')
    assert.equal(tokensIn(await ask({ resource: other.audience })).error, 'invalid_target')
  })
})
