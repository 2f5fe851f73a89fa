import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { byCli } from '../../../src/audit/by.ts'
import { addVerifier } from '../../../src/revocations/verifier-keys.ts'
import { answerToApp, registerApi } from '../../../test/support/app-sign-in.ts'
import { browserAt } from '../../../test/support/client.ts'
import { freshDatabaseUrl } from '../../../test/support/engines.ts'
import { sendForm } from '../../../test/support/forms.ts'
import { startServer } from '../../../test/support/server.ts'
import { createSignIn, SignInError } from '../src/sign-in.ts'
import { attached } from './support/attached.ts'
import { page, signInAt, startWebApp } from './support/web-app.ts'

const almostExpiredMs = 14 * 60 * 1000 + 45 * 1000

describe('signing users of a web app in', () => {
  test('a user signs in, stays signed in with one refresh for all requests, and signs out', async () => {
    const app = await startWebApp()
    const browser = app.browser()
    assert.equal((await browser.get('/account')).status, 401)
    const { email, location, sigilBrowser } = await signInAt(app, browser, { path: '/account?tab=1' })
    assert.equal(location, '/account?tab=1')
    assert.deepEqual(browser.jar.names, ['app_session'])
    const before = await browser.get('/account', page)
    assert.deepEqual([before.body.email, before.cookies.length], [email, 0])

    app.pass(almostExpiredMs)
    const cookie = browser.jar.headerFor('/') ?? ''
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => app.browser().get('/account', { headers: { cookie } })),
    )
    const tokens = new Set(replies.map(({ body }) => (body as unknown as { token: string }).token))
    assert.deepEqual([tokens.size, app.calls('/oauth/token')], [1, 2])
    const renewed = await browser.get('/account')
    assert.deepEqual([renewed.cookies.length, renewed.headers['cache-control']], [1, 'no-store'])
    assert.equal((await browser.get('/account')).cookies.length, 0)

    assert.equal((await browser.get('/sign-out')).status, 405)
    const foreign = { headers: { 'sec-fetch-site': 'cross-site' } }
    assert.equal((await browser.send('POST', '/sign-out', foreign)).status, 403)
    assert.equal((await browser.get('/account')).status, 200)
    const stolen = browser.jar.headerFor('/') ?? ''
    const leaving = new URL((await browser.send('POST', '/sign-out')).headers.location ?? '')
    assert.deepEqual(browser.jar.names, [])
    // The browser has not followed the redirect yet.
    app.pass(almostExpiredMs)
    const late = await app.browser().get('/account', { headers: { cookie: stolen } })
    assert.equal(late.status, 401)
    const left = await sigilBrowser.get(leaving.pathname + leaving.search)
    assert.equal(left.headers.location, `${app.appUrl}/`)
    assert.match((await sigilBrowser.get('/account')).headers.location ?? '', /^\/sign-in/)
  })

  test('the cookie is encrypted, hidden from scripts, and rejected if it was changed', async () => {
    const app = await startWebApp()
    const browser = app.browser()
    const { email } = await signInAt(app, browser)
    const value = browser.jar.valueOf('app_session')
    assert.deepEqual(browser.jar.attributesOf('app_session').slice(2), ['HttpOnly', 'SameSite=Lax'])
    const text = Buffer.from(value, 'base64url').toString('latin1')
    assert.ok(!text.includes(email) && !text.includes('eyJ') && !text.includes('sgr_'))
    const middle = value.length >> 1
    const flipped = value[middle] === 'A' ? 'B' : 'A'
    const changed = `app_session=${value.slice(0, middle)}${flipped}${value.slice(middle + 1)}`
    const reply = await app.browser().get('/account', { headers: { cookie: changed } })
    assert.equal(reply.status, 401)
  })

  test('a verifier ends the session the moment the user signs out on the account page', async () => {
    const sigil = await startServer(await freshDatabaseUrl('sqlite'))
    const api = await registerApi(sigil.world)
    const added = await addVerifier(sigil.world, { name: 'shop', apiId: api.id, by: byCli })
    const verifier = await attached(sigil, { audience: api.audience, key: added?.key ?? '' })
    const app = await startWebApp({ verifier }, { apis: [{ name: api.name }], sigil })
    const [browser, other] = [app.browser(), app.browser()]
    const { sigilBrowser } = await signInAt(app, browser)
    await signInAt(app, other)
    assert.equal((await browser.get('/account')).status, 200)
    await sendForm(sigilBrowser, '/sign-out')
    const gone = await browser.get('/account')
    assert.deepEqual([gone.status, browser.jar.names], [401, ['app_session']])
    assert.equal((await browser.get('/account', page)).status, 303)
    assert.deepEqual(browser.jar.names, [])
    assert.equal((await other.get('/account')).status, 200)
  })

  test('a store keeps the session encrypted, and the cookie is an id', async () => {
    const kept = new Map<string, string>()
    let isAway = false
    const store = {
      get: (key: string) => (isAway ? Promise.reject(new Error('away')) : kept.get(key)),
      set: (key: string, value: string) => kept.set(key, value),
      delete: (key: string) => kept.delete(key),
    }
    const app = await startWebApp({ store })
    const browser = app.browser()
    await signInAt(app, browser)
    const id = browser.jar.valueOf('app_session')
    assert.match(id, /^[\w-]{43}$/)
    assert.ok(!kept.has(id) && ![...kept.values()].join().includes('eyJ'))
    app.pass(almostExpiredMs)
    assert.equal((await browser.get('/account')).status, 200)
    assert.deepEqual([browser.jar.valueOf('app_session'), kept.size], [id, 1])
    isAway = true
    assert.equal((await browser.get('/account')).status, 503)
    isAway = false
    await browser.send('POST', '/sign-out')
    assert.equal(kept.size, 0)
  })

  test('during an outage of Sigil, a session lasts as long as its access token', async () => {
    const app = await startWebApp()
    const browser = app.browser()
    await signInAt(app, browser)
    await app.sigil.stop()
    app.pass(almostExpiredMs)
    assert.equal((await browser.get('/account')).status, 200)
    app.pass(60_000)
    const away = await browser.get('/account')
    assert.deepEqual([away.status, away.headers['retry-after']], [503, '1'])
    assert.deepEqual(browser.jar.names, ['app_session'])
  })
})

describe('signing in with the Fetch standard', () => {
  test('the handlers take a Request and return a Response', async () => {
    const app = await startWebApp()
    const auth = createSignIn({ ...app.options, cookiePrefix: 'other' })
    const request = (path: string, cookie = '', more: RequestInit = {}) =>
      new Request(`http://inside.example${path}`, { headers: { cookie, accept: 'text/html' }, ...more })
    const pairs = (response: Response) =>
      response.headers.getSetCookie().map((header) => header.split(';')[0] ?? '')
    const account = auth.signedIn((_request, { user }, name: string) => Response.json([user.email, name]))
    const away = await account(request('/account'), 'x')
    assert.equal(away.headers.get('location'), '/sign-in?return_to=%2Faccount')
    const begun = await auth.signIn(request('/sign-in?return_to=/account'))
    const { pathname, search } = new URL(begun.headers.get('location') ?? '')
    const sigilBrowser = browserAt(app.sigil.url)
    const { email } = await signInAt(app, app.browser(), { sigilBrowser })
    const answer = await answerToApp(sigilBrowser, pathname + search, app.app)
    const finished = await auth.callback(request(`/callback?${answer}`, pairs(begun).join('; ')))
    assert.equal(finished.headers.get('location'), '/account')
    const [cookie = ''] = pairs(finished)
    assert.match(cookie, /^other_session=/)
    assert.deepEqual(await (await account(request('/account', cookie), 'x')).json(), [email, 'x'])
    app.pass(almostExpiredMs)
    const renewed = await account(request('/account', cookie), 'x')
    assert.deepEqual([renewed.status, pairs(renewed).length], [200, 1])
    const { session } = await auth.session(request('/', pairs(renewed)[0]))
    assert.equal(session?.user.email, email)
    assert.equal((await auth.session(request('/'))).session, undefined)
    const left = await auth.signOut(request('/sign-out', pairs(renewed)[0], { method: 'POST' }))
    assert.match(left.headers.get('location') ?? '', /\/oauth\/logout\?/)
    await app.sigil.stop()
    app.pass(almostExpiredMs)
    await assert.rejects(auth.session(request('/', cookie)), (error) => {
      return error instanceof SignInError && error.status === 503
    })
  })
})
