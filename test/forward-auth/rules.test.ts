import assert from 'node:assert/strict'
import { test } from 'node:test'
import { navigation, serverWithHosts, signInAt } from '#test/support/app-host.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'
import { goodPassword, sessionIn, signIn } from '#test/support/people.ts'
import { addedTotp, clockAhead } from '#test/support/totp.ts'

onBothEngines('the rules of an app', (engine) => {
  const { signedIn, admitted } = serverWithHosts(engine)

  test('a public path needs no ticket, and returns the user if there is one', async () => {
    const { at, browser } = await signedIn({ rules: { '/public': 'public' } })
    const anonymous = await at.ask('/public/x', { method: 'POST' })
    assert.equal(anonymous.status, 204)
    assert.deepEqual(
      Object.keys(anonymous.headers).filter((name) => name.startsWith('x-auth')),
      [],
    )
    const headers = { cookie: '__Host-sigil_ticket=forged' }
    assert.equal((await at.ask('/public', { headers })).status, 204)
    assert.equal((await at.ask('/x')).status, 401)
    await signInAt(at, browser)
    assert.match(String((await at.ask('/public/x')).headers['x-auth-user-id']), /^[\w-]{22}$/)
  })

  test('a user without any of the roles is rejected, and not redirected', async () => {
    const rules = { '/admin': 'roles:admin,editor', '/home': 'roles:editor,default_user' }
    const { at } = await admitted({ rules })
    const denied = await at.ask('/admin/x', { headers: navigation })
    assert.deepEqual([denied.status, denied.headers.location], [403, undefined])
    assert.equal((await at.ask('/home')).status, 204)
    assert.equal((await at.ask('/public/..%2fadmin')).status, 403)
    assert.equal((await at.ask('/%00')).status, 403)
  })

  test('preflights pass if the app allows them, and only preflights', async () => {
    const preflight = { origin: 'https://other.example', 'access-control-request-method': 'PUT' }
    const open = await signedIn({ allowsPreflight: true })
    assert.equal((await open.at.ask('/x', { method: 'OPTIONS', headers: preflight })).status, 204)
    for (const method of ['PUT', 'GET', 'options']) {
      assert.equal((await open.at.ask('/x', { method, headers: preflight })).status, 401)
    }
    const { origin } = preflight
    assert.equal((await open.at.ask('/x', { method: 'OPTIONS', headers: { origin } })).status, 401)
    const closed = await signedIn()
    assert.equal((await closed.at.ask('/x', { method: 'OPTIONS', headers: preflight })).status, 401)
  })
})

onBothEngines('a path that requires a second factor', (engine) => {
  const { admitted } = serverWithHosts(engine)
  const rules = { '/money': 'aal2', '/vault': 'aal2+roles:admin' }

  test('a page redirects to the second factor and back, and everything else gets a 401', async () => {
    const { url, at, browser, email } = await admitted({ rules })
    const script = await at.ask('/money')
    assert.equal(script.status, 401)
    assert.match(script.headers['www-authenticate'] ?? '', /insufficient_user_authentication/)
    // Without the role a second factor would not help.
    assert.equal((await at.ask('/vault', { headers: navigation })).status, 403)
    const forNginx = await at.ask('/money', { headers: navigation, redirects: false })
    assert.equal(forNginx.status, 401)
    const led = await at.ask('/money?x=1', { headers: navigation })
    assert.equal(led.headers.location, `https://${at.host}/.sigil/sign-in?next=%2Fmoney%3Fx%3D1&level=aal2`)
    assert.equal(forNginx.headers.location, led.headers.location?.replace('%3Fx%3D1', ''))

    const begin = async () => {
      const path = new URL(led.headers.location ?? '')
      const began = await at.send('GET', path.pathname + path.search)
      const visit = new URL(began.headers.location ?? '')
      return browser.get(visit.pathname + visit.search)
    }
    // A user with one factor has no second factor to prove.
    assert.match((await begin()).text, /Two-step verification is required/)
    const client = clientAt(url)
    const { access_token: bearer } = sessionIn(await signIn(client, { email, password: goodPassword }))
    const { nextCode } = await addedTotp(client, { bearer, clock: clockAhead() })
    const confirm = (await begin()).headers.location ?? ''
    assert.match(confirm, /^\/account\/confirm\?next=%2Fhosts%2Fcontinue/)
    const next = new URL(confirm, url).searchParams.get('next') ?? ''
    const proven = await sendForm(browser, '/account/confirm', { method: 'totp', code: nextCode(), next })
    assert.deepEqual([proven.status, proven.headers.location], [303, next])
    const onward = await browser.get(next)
    const callback = new URL(String(onward.headers.refresh).replace('0; url=', ''))
    const back = await at.send('GET', callback.pathname + callback.search)
    assert.equal(back.headers.location, '/money?x=1')
    assert.equal((await at.ask('/money?x=1')).status, 204)
    assert.equal((await at.ask('/')).status, 204)
  })
})
