import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerToApp } from '../../../test/support/app-sign-in.ts'
import { userOfNewToken } from '../src/id-token.ts'
import { createSignIn } from '../src/sign-in.ts'
import { callbackFor, signInAt, startWebApp } from './support/web-app.ts'

describe('attacks on the sign-in of a web app', () => {
  test('a callback works once, in the browser of the sign-in, and only with the right issuer', async () => {
    const app = await startWebApp()
    const { sigilBrowser } = await signInAt(app, app.browser())
    const browser = app.browser()
    const back = await callbackFor(app, browser, { path: '/account', sigilBrowser })
    const foreign = app.browser()
    await foreign.get('/sign-in')
    for (const other of [app.browser(), foreign]) {
      const rejected = await other.get(back)
      assert.deepEqual([rejected.status, other.jar.names.includes('app_session')], [400, false])
    }
    const fresh = await callbackFor(app, app.browser(), { path: '/account', sigilBrowser })
    assert.equal((await browser.get(fresh)).status, 400)
    assert.equal((await browser.get(back)).status, 303)
    assert.equal((await browser.get(back)).status, 400)
    for (const iss of ['https://evil.example', '']) {
      const third = app.browser()
      const mixed = new URL(await callbackFor(app, third, { path: '/account', sigilBrowser }), app.appUrl)
      if (iss === '') mixed.searchParams.delete('iss')
      else mixed.searchParams.set('iss', iss)
      assert.equal((await third.get(mixed.pathname + mixed.search)).status, 400)
    }
  })

  test('a denied sign-in shows an error, by default or on a page of the app', async () => {
    for (const more of [{}, { errorPath: '/failed' }]) {
      const app = await startWebApp(more)
      const browser = app.browser()
      const begun = new URL((await browser.get('/sign-in')).headers.location ?? '')
      const state = begun.searchParams.get('state') ?? ''
      const query = new URLSearchParams({ error: 'access_denied', state, iss: app.options.issuer })
      const refused = await browser.get(`/callback?${query}`)
      if ('errorPath' in more) assert.equal(refused.headers.location, '/failed?error=denied')
      else assert.deepEqual([refused.status, /denied/.test(refused.text)], [403, true])
    }
  })

  test('return_to is limited to paths of the app', async () => {
    const app = await startWebApp()
    const { sigilBrowser } = await signInAt(app, app.browser())
    const evil = ['https://evil.example', '//evil.example', '/\\evil.example', '/\t/evil.example', 'x', '']
    // Their dot segments disappear, and two slashes remain.
    const hidden = ['/.//evil.example', '/a/..//evil.example', '/%2e//evil.example']
    for (const [to, expected] of [...[...evil, ...hidden].map((to) => [to, '/']), ['/a?b=1', '/a?b=1']]) {
      const browser = app.browser()
      const begun = await browser.get(`/sign-in?${new URLSearchParams({ return_to: to ?? '' })}`)
      const { pathname, search } = new URL(begun.headers.location ?? '')
      const answer = await answerToApp(sigilBrowser, pathname + search, app.app)
      assert.equal((await browser.get(`/callback?${answer}`)).headers.location, expected, to)
    }
  })

  test('malformed requests get an error and nothing else', async () => {
    const app = await startWebApp()
    const browser = app.browser()
    const paths = ['/callback', '/callback?state=', '/callback?state=a&state=b&code=c', '/callback?code=%00']
    for (const path of paths) assert.equal((await browser.get(path)).status, 400, path)
    assert.equal((await browser.send('POST', '/sign-in')).status, 405)
    assert.equal((await browser.send('POST', '/callback')).status, 405)
    const cookie = 'app_session=x; app_sign_in=y'
    assert.equal((await browser.get('/account', { headers: { cookie } })).status, 401)
    assert.equal((await browser.send('POST', '/sign-out', { headers: { cookie } })).status, 303)
  })

  test('a wrong client secret is reported as a misconfiguration, without the secret', async () => {
    const logged: string[] = []
    const app = await startWebApp({ clientSecret: 'sgs_wrong', log: (line) => logged.push(line) })
    const right = await startWebApp({}, { sigil: app.sigil })
    const { sigilBrowser } = await signInAt(right, right.browser())
    const browser = app.browser()
    const back = await callbackFor(app, browser, { path: '/account', sigilBrowser })
    assert.equal((await browser.get(back)).status, 500)
    assert.match(logged.join(), /invalid_client/)
    assert.doesNotMatch(logged.join(), /sgs_wrong/)
  })

  test('an ID token must match this sign-in and app, and must not be expired', () => {
    const claims = { iss: 'https://a.example', aud: 'app_x', sub: 'u', nonce: 'n', iat: 1000, exp: 1900 }
    const expected = { issuer: claims.iss, clientId: 'app_x', nonce: 'n', now: 1_000_000 }
    const read = (more: object) => {
      const payload = Buffer.from(JSON.stringify({ ...claims, ...more })).toString('base64url')
      return userOfNewToken(`e30.${payload}.x`, expected)
    }
    assert.equal(read({}).id, 'u')
    assert.equal(read({ aud: ['app_x'] }).id, 'u')
    const wrong = [
      ...[{ nonce: 'other' }, { nonce: undefined }, { iss: 'https://b.example' }, { aud: 'app_y' }],
      ...[{ aud: ['app_x', 'app_y'] }, { exp: 600 }, { iat: 1400 }, { sub: '' }, { sub: 1 }],
    ]
    for (const more of wrong) assert.throws(() => read(more), { code: 'rejected' }, JSON.stringify(more))
    assert.throws(() => userOfNewToken('x', expected), { code: 'rejected' })
  })

  test('invalid options are rejected immediately', () => {
    const good = {
      issuer: 'https://a.example',
      clientId: 'app_x',
      clientSecret: 's',
      appUrl: 'https://b.example',
    }
    const cookieSecret = 'x'.repeat(32)
    createSignIn({ ...good, cookieSecret })
    const wrong = [
      { cookieSecret: 'short' },
      { cookieSecret, appUrl: 'https://b.example/app' },
      { cookieSecret, issuer: 'https://a.example/' },
      { cookieSecret, scope: 'email' },
      { cookieSecret, callbackPath: '//x' },
      { cookieSecret, clientSecret: '' },
      { cookieSecret: [] },
    ]
    for (const options of wrong) assert.throws(() => createSignIn({ ...good, ...options }), TypeError)
  })
})
