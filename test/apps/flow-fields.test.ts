import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { administered } from '#test/administration/administrator.ts'
import {
  authorizePath,
  claimsIn,
  locationOf,
  newPkce,
  registerApi,
  registerApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

onBothEngines('optional fields of an app', (engine) => {
  const { admin } = administered(engine)
  const send = admin.call
  const web = { name: 'Notes', kind: 'web', redirect_uris: ['https://notes.example.com/callback'] }
  const fields = {
    backchannel_logout_uri: 'https://notes.example.com/logout',
    client_uri: 'https://notes.example.com/',
    terms_uri: 'https://notes.example.com/terms',
    privacy_uri: 'http://localhost:3000/privacy',
    access_token_lifetime: 300,
    refresh_token_lifetime: 86_400,
    device_flow: true,
  }

  test('an app is registered with a logout URI, links and lifetimes, and loses them', async () => {
    const created = await send('POST', '/apps', { ...web, ...fields })
    assert.equal(created.status, 201, created.text)
    const { app } = created.body as never as { app: Record<string, unknown> & { client_id: string } }
    for (const [name, value] of Object.entries(fields)) assert.deepEqual(app[name], value, name)
    assert.equal(app.disabled, false)
    const none = Object.fromEntries(Object.keys(fields).map((name) => [name, null]))
    const changed = await send('PATCH', `/apps/${app.client_id}`, { ...none, device_flow: false })
    assert.equal(changed.status, 200, changed.text)
    const left = Object.keys(changed.body).filter((name) => name in fields)
    assert.deepEqual(left, ['device_flow'])
  })

  test('invalid URLs, lifetimes out of bounds and user fields of machines are rejected', async () => {
    const refused: Record<string, unknown>[] = [
      { backchannel_logout_uri: 'ftp://notes.example.com/' },
      { backchannel_logout_uri: 'https://notes.example.com/#x' },
      { client_uri: 'http://localhost:3000/' },
      { client_uri: 'javascript:alert(1)' },
      { client_uri: 'https://user@notes.example.com/' },
      { kind: 'proxy', redirect_uris: [], hosts: ['wiki.example.com'], client_uri: 'javascript:alert(1)' },
      { terms_uri: 'javascript:alert(1)' },
      { privacy_uri: 'http://notes.example.com/' },
      { access_token_lifetime: 59 },
      { access_token_lifetime: 3601 },
      { refresh_token_lifetime: 90 * 86_400 + 1 },
      { kind: 'machine', redirect_uris: [], device_flow: true },
      { kind: 'machine', redirect_uris: [], backchannel_logout_uri: 'https://notes.example.com/logout' },
      { redirect_uris: [] },
    ]
    for (const more of refused) {
      const reply = await send('POST', '/apps', { ...web, ...more })
      assert.deepEqual([reply.status, reply.body.code], [400, 'invalid_request'], JSON.stringify(more))
    }
  })
})

onBothEngines('lifetimes of an app', (engine) => {
  test('the tokens of an app have its lifetime, but never outlive the session', async () => {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const app = await registerApp(world, { accessLifetimeMs: 60_000, refreshLifetimeMs: 600_000 })
    const tokens = await tokensFor(browser, client, app)
    const { iat, exp } = claimsIn(tokens.access_token)
    assert.equal(Number(exp) - Number(iat), 60)
    const refresh = async (token: string) =>
      tokensIn(await tokenCall(client, app, { grant_type: 'refresh_token', refresh_token: token }))
    clock.forward(599_000)
    const second = await refresh(tokens.refresh_token)
    assert.equal(claimsIn(second.access_token).client_id, app.id)
    clock.forward(601_000)
    assert.equal((await refresh(second.refresh_token)).error, 'invalid_grant')
  })
})

onBothEngines('an app as users and APIs see it', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  test('the consent page links to the terms and the privacy policy of an app', async () => {
    const termsUri = 'https://app.example.com/terms?"x'.replace('"', '%22')
    const app = await registerApp(world(), { isFirstParty: false, termsUri })
    const browser = await visitor()
    const page = await browser.get(locationOf(await browser.get(authorizePath(app, newPkce()))))
    assert.ok(page.text.includes(`href="${termsUri}" target="_blank" rel="noopener noreferrer"`))
    assert.doesNotMatch(page.text, /Privacy policy/)
  })

  test('the consent page and the list of connected apps link to the site of an app by its host', async () => {
    const clientUri = 'https://notes.example.com/about'
    const link = `<a href="${clientUri}" target="_blank" rel="noopener noreferrer">notes.example.com</a>`
    const app = await registerApp(world(), { isFirstParty: false, clientUri })
    const plain = await registerApp(world())
    const browser = await visitor()
    const page = await browser.get(locationOf(await browser.get(authorizePath(app, newPkce()))))
    assert.ok(page.text.includes(link), page.text)
    await tokensFor(browser, client(), app)
    await tokensFor(browser, client(), plain)
    const { text } = await browser.get('/account/apps')
    assert.equal(text.split(link).length, 2)
    const bearer = browser.jar.valueOf('access_token')
    const { body } = await client().get('/api/v1/me/apps', { bearer })
    const { data: sites } = body as unknown as { data: { id: string; client_uri?: string }[] }
    const expected = { [app.id]: clientUri, [plain.id]: undefined }
    assert.deepEqual(Object.fromEntries(sites.map((one) => [one.id, one.client_uri])), expected)
  })

  test('introspection returns the current roles of a user, only with the scope', async () => {
    const api = await registerApi(world())
    const app = await registerApp(world(), { apis: [{ name: api.name }] })
    const verifier = await addVerifier(world(), { name: `of ${api.name}`, apiId: api.id, by: byCli })
    const authorization = `Bearer ${verifier?.key}`
    const introspected = async (scope: string) => {
      const { access_token: token } = await tokensFor(await visitor(), client(), app, { scope })
      assert.equal(claimsIn(token).roles, undefined)
      const reply = await sendForm(client(), '/oauth/introspect', { token }, { authorization })
      return (reply.body as unknown as { roles?: unknown }).roles
    }
    assert.deepEqual(await introspected('openid roles read'), ['default_user'])
    assert.equal(await introspected('openid read'), undefined)
  })
})
