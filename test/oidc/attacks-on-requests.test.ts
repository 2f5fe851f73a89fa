import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerToApp,
  authorizePath,
  locationOf,
  newPkce,
  registerApi,
  registerApp,
} from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import { browserAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'
import { goodPassword } from '#test/support/people.ts'

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
  'https://app.example.com./callback',
  'https://app.example.com/callback%00',
  'https://app.example.com/%63allback',
  'https://app.example.com/callback/..;/callback',
  'https://app.example.com\\@evil.example/callback',
  'https://app.example.com%40evil.example/callback',
  'https://user@app.example.com/callback',
  'https://app.example.com/callback\r\nset-cookie: x=1',
  ' https://app.example.com/callback',
  'https://app.example.com/callback ',
  'https://аpp.example.com/callback',
  'HTTPS://app.example.com/callback',
  'data:text/html,x',
  'javascript:alert(1)',
]

onBothEngines('redirects of authorization requests', (engine) => {
  const { server, world, visitor } = attackedServer(engine)

  test('the browser is never redirected to a URI that does not match a registered one exactly', async () => {
    const app = await registerApp(world())
    const browser = await visitor()
    const twice = `${authorizePath(app, newPkce())}&redirect_uri=https%3A%2F%2Fevil.example`
    assert.equal((await browser.get(twice)).status, 400)
    for (const redirect_uri of [...tricks, '']) {
      const reply = await browser.get(authorizePath({ ...app, redirectUri: redirect_uri }, newPkce()))
      assert.equal(reply.status, 400, `${redirect_uri}: ${reply.headers.location}`)
      assert.match(reply.text, /\/docs\/errors\/invalid_app_request/)
    }
  })

  test('a native app may listen on any loopback port, and its user is always asked', async () => {
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

  test('a request continues only in the browser that sent it, even if another opens its URL', async () => {
    const app = await registerApp(world())
    const attacker = browserAt(server().url)
    const path = authorizePath(app, newPkce())
    const { pathname, searchParams } = new URL(locationOf(await attacker.get(path)), 'http://sigil.invalid')
    assert.equal(pathname, '/sign-in')
    const waiting = searchParams.get('next') ?? ''
    const victim = await visitor()
    assert.equal((await victim.get(waiting)).status, 400)
    // Nothing of the victim's sign-in has reached the request.
    assert.match(locationOf(await attacker.get(waiting)), /^\/sign-in\?/)
  })

  test('every response contains the issuer, so that an app can distinguish servers', async () => {
    const app = await registerApp(world())
    const browser = await visitor()
    const issuer = world().settings.publicUrl
    const good = await answerToApp(browser, authorizePath(app, newPkce()), app)
    const bad = await answerToApp(browser, authorizePath(app, newPkce(), { response_type: 'token' }), app)
    assert.deepEqual([good.get('iss'), bad.get('iss')], [issuer, issuer])
    assert.equal(bad.get('error'), 'unsupported_response_type')
  })
})

onBothEngines('authorization requests and sessions', (engine) => {
  const { world, visitor, server } = attackedServer(engine)

  test('prompt=none and max_age use the page session, which a sign-out ends', async () => {
    const app = await registerApp(world())
    const nobody = browserAt(server().url)
    const none = authorizePath(app, newPkce(), { prompt: 'none' })
    assert.equal((await answerToApp(nobody, none, app)).get('error'), 'login_required')
    const browser = await visitor()
    assert.ok((await answerToApp(browser, none, app)).get('code'))
    const again = await browser.get(authorizePath(app, newPkce(), { prompt: 'login' }))
    assert.match(locationOf(again), /^\/account\/confirm\?next=/)
    // Returning without a proof shows the form again.
    const next = new URLSearchParams(locationOf(again).split('?')[1]).get('next') ?? ''
    await browser.send('POST', '/sign-out', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.match(locationOf(await browser.get(next)), /^\/sign-in\?/)
    assert.equal((await answerToApp(browser, none, app)).get('error'), 'login_required')
  })

  test('a request of one browser cannot be finished in another', async () => {
    const app = await registerApp(world())
    const victim = browserAt(server().url)
    const begun = await victim.get(authorizePath(app, newPkce()))
    const next = new URLSearchParams(locationOf(begun).split('?')[1]).get('next') ?? ''
    const attacker = await visitor()
    const reply = await attacker.get(next)
    assert.equal(reply.status, 400, reply.headers.location)
  })
})

onBothEngines('consent', (engine) => {
  const { world, visitor } = attackedServer(engine)

  test('only third-party apps need consent, once, and it belongs to the user who gave it', async () => {
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

onBothEngines('pages on the way to an app', (engine) => {
  const { world, visitor } = attackedServer(engine)

  test('no page on the way to an app can be framed, and other sites cannot send its form', async () => {
    const app = await registerApp(world(), { isFirstParty: false })
    const browser = await visitor()
    for (const prompt of ['login', 'consent', 'select_account']) {
      const place = locationOf(await browser.get(authorizePath(app, newPkce(), { prompt })))
      const page = await browser.get(place)
      assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/, prompt)
      const path = place.split('?')[0] ?? ''
      const fields = { decision: 'allow', method: 'password', password: goodPassword }
      for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
        const forged = await sendForm(browser, path, fields, headers)
        assert.equal(forged.status, 403, `${prompt}: ${forged.headers.location}`)
      }
    }
  })
})
