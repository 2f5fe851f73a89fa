import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable, removeApp } from '#src/apps/end-app.ts'
import { endOneGrant } from '#src/apps/end-grant.ts'
import { byCli } from '#src/audit/by.ts'
import { outbox } from '#src/cli/outbox.ts'
import { sendLogoutToken } from '#src/oidc/send-logout-token.ts'
import { deliver } from '#src/outbox/deliver.ts'
import { readEvents } from '#src/outbox/read-events.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { sealAll } from '#test/audit/recorded.ts'
import { claimsIn, registerApp, tokensFor } from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { checkedLogoutToken, startLogoutReceiver } from '#test/support/logout-receiver.ts'
import { serveWithOutbox } from '#test/support/outbox-by-hand.ts'
import { goodPassword, personWithRoles, sessionIn, signedIn, signIn } from '#test/support/people.ts'

type Ending = (about: {
  browser: Client
  bearer: string
  admin: string
  userId: string
  clientId: string
}) => Promise<unknown>

const trace = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'vendor=1',
}

/** Every way in which a sign-in to an app is ended. */
const endings: Record<string, (client: Client, world: World) => Ending> = {
  'a sign-out on the page':
    () =>
    ({ browser }) =>
      sendForm(browser, '/sign-out'),
  logout_all:
    (client) =>
    ({ bearer }) =>
      client.post('/api/v1/auth/logout_all', {}, { bearer }),
  'a changed password':
    (client) =>
    ({ bearer }) =>
      client.put('/api/v1/me/password', { current: goodPassword, new: `${goodPassword} 2` }, { bearer }),
  'a removed connected app':
    (client) =>
    ({ bearer, clientId }) =>
      client.delete(`/api/v1/me/apps/${clientId}`, { bearer }),
  'ending all other sessions':
    (client) =>
    ({ bearer }) =>
      client.delete('/api/v1/me/sessions', { bearer }),
  'disabling the user':
    (client) =>
    ({ admin, userId }) =>
      client.post(`/api/v1/users/${userId}/disable`, {}, { bearer: admin }),
  'deleting the user':
    (client) =>
    ({ admin, userId }) =>
      client.delete(`/api/v1/users/${userId}`, { bearer: admin }),
  'disabling the app':
    (_client, world) =>
    async ({ clientId }) =>
      (await disable(world, { clientId, by: byCli })).propagated,
  'removing the app':
    (_client, world) =>
    async ({ clientId }) =>
      (await removeApp(world, { clientId, by: byCli })).propagated,
}

onBothEngines('back-channel logout', (engine) => {
  const { server, world, client } = attackedServer(engine)

  test('the app receives one logout token for any end of a sign-in', async () => {
    const admin = (await signedIn(client(), await personWithRoles(world(), ['default_user', 'admin'])))
      .access_token
    for (const [name, ending] of Object.entries(endings)) {
      const receiver = await startLogoutReceiver()
      const idTokenAlg = name.length % 2 === 0 ? 'RS256' : 'ES256'
      const app = await registerApp(world(), { backchannelUri: receiver.uri, idTokenAlg })
      const browser = browserAt(server().url)
      const email = await arrivedOnPage(browser)
      const { access_token: bearer } = sessionIn(await signIn(client(), { email, password: goodPassword }))
      const { id_token } = await tokensFor(browser, client(), app)
      const { sub, sid } = claimsIn(id_token)
      await ending(client(), world())({ browser, bearer, admin, userId: String(sub), clientId: app.id })
      await receiver.arrived(1)
      const issuer = world().settings.publicUrl
      const expected = { serverUrl: server().url, issuer, audience: app.id }
      const payload = await checkedLogoutToken(receiver.tokens[0] ?? '', expected)
      assert.deepEqual([payload.sub, payload.sid], [sub, sid], name)
      const left = await world().db.query(sql`select * from logout_notices where client_id = ${app.id}`)
      assert.deepEqual([left, receiver.tokens.length], [[], 1], name)
    }
  })

  test('a sign-out in one browser does not notify apps of another', async () => {
    const receiver = await startLogoutReceiver()
    const app = await registerApp(world(), { backchannelUri: receiver.uri })
    const [one, other] = [browserAt(server().url), browserAt(server().url)]
    const login = await arrivedOnPage(one)
    await sendForm(other, '/sign-in', { login, password: goodPassword })
    const ended = claimsIn((await tokensFor(one, client(), app)).id_token)
    const offline = { scope: 'openid offline_access', prompt: 'consent' }
    const kept = await tokensFor(one, client(), app, offline)
    const elsewhere = await tokensFor(other, client(), app)
    await sendForm(one, '/sign-out')
    await receiver.arrived(1)
    assert.deepEqual(
      receiver.tokens.map((token) => claimsIn(token).sid),
      [ended.sid],
    )
    for (const { access_token: bearer } of [kept, elsewhere]) {
      assert.equal((await client().get('/oauth/userinfo', { bearer })).status, 200)
    }
  })
})

onBothEngines('deliveries of logout tokens', (engine) => {
  test('a logout token is sent again with a fresh signature while the app is down', async () => {
    const { url, world, clock, work } = await serveWithOutbox(engine)
    const receiver = await startLogoutReceiver()
    const app = await registerApp(world, { backchannelUri: receiver.uri })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    await tokensFor(browser, clientAt(url), app)
    await work()
    await receiver.goDown()
    await sendForm(browser, '/sign-out', {}, trace)
    assert.equal(await work(), 1)
    assert.equal(await work(), 0)
    await receiver.comeUp()
    receiver.status = 302
    clock.forward(15_000)
    assert.equal(await work(), 1)
    receiver.status = 204
    clock.forward(30_000)
    assert.equal(await work(), 1)
    clock.forward(60_000)
    assert.equal(await work(), 0)
    const [first, second] = receiver.tokens.map(claimsIn)
    assert.ok(first && second && receiver.tokens.length === 2)
    assert.equal(first.jti, second.jti)
    assert.equal(Number(second.iat) - Number(first.iat), 30)
    assert.deepEqual(receiver.traces, [Object.values(trace), Object.values(trace)])
  })

  test('sign-ins that end at once are reported once each, even if twenty calls end one', async () => {
    const { url, world, work } = await serveWithOutbox(engine)
    const receiver = await startLogoutReceiver()
    const app = await registerApp(world, { backchannelUri: receiver.uri })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const ids: string[] = []
    for (let count = 0; count < 20; count++) {
      const { id_token } = await tokensFor(browser, clientAt(url), app)
      ids.push(String(claimsIn(id_token).sid))
    }
    const again = ids[0] ?? ''
    await atOnce(40, (index) => {
      const id = ids[index] ?? again
      return endOneGrant(world, { id, reason: 'revoked', by: byCli })
    })
    await sealAll(world)
    await atOnce(20, async () => {
      for (const reader of outbox.readers) await readEvents(world, reader)
      while ((await deliver(world, outbox.senders)) > 0);
    })
    while ((await work()) > 0);
    const announced = receiver.tokens.map((token) => String(claimsIn(token).sid))
    assert.deepEqual(announced.toSorted(), ids.toSorted())
  })
})

onBothEngines('targets of logout tokens', (engine) => {
  test('a logout token is never sent to a private address, or to an app without a URI', async () => {
    const { world } = await serveWithOutbox(engine)
    const https = { ...world, settings: { ...world.settings, publicUrl: 'https://auth.example.com' } }
    const attempt = (clientId: string) => ({
      ...{ key: 'k', kind: 'logout_token', recipient: clientId, attempt: 1 },
      ...{ expiresAt: 0, payload: JSON.stringify({ clientId, grantId: 'g', userId: 'u' }) },
    })
    const targets = ['http://127.0.0.1:1/', 'https://127.0.0.1:1/', 'https://10.0.0.1/', 'https://[fd00::1]/']
    for (const backchannelUri of targets) {
      const { id } = await registerApp(world, { backchannelUri })
      await assert.rejects(sendLogoutToken(https, attempt(id)), { name: 'OutgoingFailed' }, backchannelUri)
    }
    await sendLogoutToken(https, attempt((await registerApp(world)).id))
    await sendLogoutToken(https, attempt('app_gone'))
  })
})
