import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideDeviceCode } from '#src/apps/device-codes.sql.ts'
import { recordIdOf } from '#src/oidc/adapter.ts'
import { sql } from '#src/store/sql.ts'
import {
  claimsIn,
  formCall,
  registerApi,
  registerApp,
  type TestApp,
  tokenCall,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

type Begun = {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
  readonly expires_in: number
  readonly interval: number
}

async function served(engine: Engine, env: Record<string, string> = {}) {
  const clock = testClock()
  const { url, world } = await serveTestWorld(engine, { clock, env })
  const browser = browserAt(url)
  const email = await arrivedOnPage(browser)
  return { url, world, clock, browser, email, client: clientAt(url) }
}

async function begin(client: Client, app: TestApp, more: Record<string, string> = {}): Promise<Begun> {
  const reply = await formCall(client, '/oauth/device_authorization', app, { scope: 'openid', ...more })
  assert.equal(reply.status, 200, reply.text)
  return reply.body as unknown as Begun
}

function poll(client: Client, app: TestApp, { device_code }: Pick<Begun, 'device_code'>): Promise<Reply> {
  return tokenCall(client, app, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code })
}

async function errorOf(reply: Promise<Reply>): Promise<string> {
  return tokensIn(await reply).error
}

function decide(browser: Client, { user_code }: Begun, decision: string): Promise<Reply> {
  return sendForm(browser, '/device', { user_code, decision })
}

const tv = { kind: 'native', redirectUris: [], isFirstParty: false, name: 'TV <b>app</b>' } as const

onBothEngines('the device flow', (engine) => {
  test('a device gets its tokens once its user has typed the code and allowed it', async () => {
    const { url, world, clock, browser, email, client } = await served(engine)
    const api = await registerApi(world, { play: 'Play your films' })
    const app = await registerApp(world, { ...tv, apis: [{ name: api.name }] })
    const begun = await begin(client, app, { scope: 'openid email play offline_access' })
    const issuer = world.settings.publicUrl
    assert.deepEqual([begun.verification_uri, begun.expires_in, begun.interval], [`${issuer}/device`, 600, 5])
    assert.match(begun.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.equal(await errorOf(poll(client, app, begun)), 'authorization_pending')
    assertPage(await browser.get('/device'), 200)
    const typed = begun.user_code.toLowerCase().replace('-', ' ')
    const sent = await sendForm(browser, '/device', { user_code: typed })
    const page = await browser.get(sent.headers.location ?? '')
    assertPage(page, 200)
    for (const shown of ['TV &lt;b&gt;app&lt;/b&gt;', email, 'Play your films', begun.user_code]) {
      assert.ok(page.text.includes(shown), `${shown} in ${page.text}`)
    }
    assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/)
    const complete = await browser.get(begun.verification_uri_complete.replace(issuer, ''))
    assert.match(complete.text, /name="decision" value="allow"/)
    const allowed = await decide(browser, begun, 'allow')
    assertLeads(allowed, '/device?outcome=allowed')
    assert.match((await browser.get('/device?outcome=allowed')).text, /Device connected/)
    assert.equal((await decide(browser, begun, 'allow')).status, 404)
    clock.forward(5000)
    const tokens = tokensIn(await poll(client, app, begun))
    const access = claimsIn(tokens.access_token)
    assert.deepEqual([access.aud, access.scope], [api.audience, 'openid email offline_access play'])
    assert.equal(claimsIn(tokens.id_token).email, email)
    assert.equal(await errorOf(poll(client, app, begun)), 'invalid_grant')
    await sendForm(browser, '/sign-out')
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    assert.equal((await tokenCall(clientAt(url), app, refresh)).status, 200)
  })

  test('a denied device gets access_denied, and an expired code expired_token', async () => {
    const { world, clock, browser, client } = await served(engine)
    const app = await registerApp(world, tv)
    const refused = await begin(client, app)
    assertLeads(await decide(browser, refused, 'refuse'), '/device?outcome=refused')
    assert.equal(await errorOf(poll(client, app, refused)), 'access_denied')
    const late = await begin(client, app)
    clock.forward(600_000)
    assert.equal((await browser.get(`/device?user_code=${late.user_code}`)).status, 404)
    assert.equal((await decide(browser, late, 'allow')).status, 404)
    assert.equal(await errorOf(poll(client, app, late)), 'expired_token')
  })
})

onBothEngines('polls of devices', (engine) => {
  test('a device that polls too often has to slow down, by five more seconds each time', async () => {
    const { world, clock, client } = await served(engine)
    const app = await registerApp(world, tv)
    const begun = await begin(client, app)
    const answers: [number, string][] = [
      [0, 'authorization_pending'],
      [4999, 'slow_down'],
      [9999, 'slow_down'],
      [15_000, 'authorization_pending'],
    ]
    for (const [waited, expected] of answers) {
      clock.forward(waited)
      assert.equal(await errorOf(poll(client, app, begun)), expected, String(waited))
    }
  })

  test('of twenty polls one gets tokens that stay valid, and of twenty decisions one counts', async () => {
    const { world, browser, client } = await served(engine)
    const app = await registerApp(world, tv)
    const begun = await begin(client, app)
    const decided = await atOnce(20, (index) => decide(browser, begun, index % 2 === 0 ? 'allow' : 'refuse'))
    assert.equal(decided.filter(({ status }) => status === 303).length, 1)
    const { device_code } = await begin(client, app)
    const [user] = await world.db.query(sql`select id from users`)
    const whose = { userId: user?.id as string, sessionId: 'any', now: world.clock.now() }
    const decision = { ...whose, id: recordIdOf('DeviceCode', device_code) }
    const counted = await atOnce(20, () => decideDeviceCode(world.db.query, { ...decision, state: 'denied' }))
    assert.equal(counted.filter((counts) => counts).length, 1)
    const id = recordIdOf('DeviceCode', begun.device_code)
    await world.db.query(
      sql`update device_codes set state = 'allowed', poll_interval_ms = 0 where id = ${id}`,
    )
    const replies = await atOnce(20, () => poll(client, app, begun))
    const won = replies.filter(({ status }) => status === 200)
    assert.equal(won.length, 1, replies.map(({ text }) => text).join('\n'))
    for (const reply of replies) {
      if (reply.status !== 200) assert.equal(tokensIn(reply).error, 'invalid_grant')
    }
    const [winner] = won
    assert.ok(winner)
    const info = await client.get('/oauth/userinfo', { bearer: tokensIn(winner).access_token })
    assert.equal(info.status, 200)
  })

  test('a device whose user has signed out in the meantime gets no tokens', async () => {
    const { world, browser, client } = await served(engine)
    const app = await registerApp(world, tv)
    const begun = await begin(client, app)
    await decide(browser, begun, 'allow')
    await sendForm(browser, '/sign-out')
    assert.equal(await errorOf(poll(client, app, begun)), 'invalid_grant')
  })
})

onBothEngines('attacks on the device flow', (engine) => {
  test('a device code works for its own app, and only for apps that may use the flow', async () => {
    const { world, client, browser } = await served(engine)
    const app = await registerApp(world, tv)
    const other = await registerApp(world, tv)
    const begun = await begin(client, app, { scope: 'openid admin' })
    await decide(browser, begun, 'allow')
    assert.equal(await errorOf(poll(client, other, begun)), 'invalid_grant')
    assert.equal(await errorOf(poll(client, app, { device_code: `${begun.device_code}x` })), 'invalid_grant')
    const web = await registerApp(world)
    const refused = await formCall(client, '/oauth/device_authorization', web, { scope: 'openid' })
    assert.equal(tokensIn(refused).error, 'unauthorized_client')
    assert.equal(await errorOf(poll(client, web, begun)), 'unauthorized_client')
    const allowed = await registerApp(world, { usesDeviceFlow: true })
    await begin(client, allowed)
    const granted = await poll(client, app, begun)
    assert.deepEqual([granted.status, tokensIn(granted).scope], [200, 'openid'])
  })

  test('guesses of device codes are limited per user, and other sites cannot approve a device', async () => {
    const { world, client, browser } = await served(engine, { SIGIL_RATE_LIMITS: 'on' })
    const app = await registerApp(world, tv)
    const begun = await begin(client, app)
    const forged = { user_code: begun.user_code, decision: 'allow' }
    const headers = { origin: 'https://evil.example' }
    assert.equal((await sendForm(browser, '/device', forged, headers)).status, 403)
    for (let guess = 0; guess < 20; guess++) {
      assert.equal((await browser.get('/device?user_code=BBBB-BBBB')).status, 404)
    }
    assert.equal((await browser.get(`/device?user_code=${begun.user_code}`)).status, 429)
    assert.equal((await decide(browser, begun, 'allow')).status, 429)
    assert.equal(await errorOf(poll(client, app, begun)), 'authorization_pending')
    const anonymous = await browserAt(world.settings.publicUrl).get('/device?user_code=x')
    assert.match(String(anonymous.headers.location), /^\/sign-in\?next=%2Fdevice%3Fuser_code%3Dx/)
  })
})
