import assert from 'node:assert/strict'
import { browserOf, eachOwnHost, navigating, opened } from '#test/deploy/own-host-site.ts'
import { seenBy } from '#test/deploy/site.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'

eachOwnHost(
  'redirects a page to the sign-in and back, and the app receives the user and no cookie of Sigil',
  async (site, proxy) => {
    const [browser, atSigil] = [browserOf(site), browserAt(site.sigil.url)]
    const email = await arrivedOnPage(atSigil)
    const target = '/page/a%20b?tab=2&x=%26y'
    const shown = await opened(site, browser, atSigil, target)
    const seen = seenBy(shown)
    assert.equal(seen.path, target)
    assert.equal(shown.headers['cache-control'], 'private, no-store')
    const { body: me } = await atSigil.get('/api/v1/me')
    assert.equal(seen.headers['x-auth-user-id'], me.id)
    assert.equal(seen.headers['x-auth-roles'], 'default_user')
    assert.equal(me.email, email)

    assert.deepEqual(browser.jar.names, ['sigil_app_browser', 'sigil_ticket'])
    const cookie = `theme=dark; ${browser.jar.headerFor('/')}; cart=7`
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const hasBody = method !== 'GET' && method !== 'OPTIONS'
      const forged = { 'x-auth-roles': 'admin', 'X-Auth-User-Id': 'root', x_auth_email: 'root@example.org' }
      const own = { authorization: 'Bearer of-the-app' }
      const sent = { headers: { cookie, ...forged, ...own }, ...(hasBody ? { raw: 'a body' } : {}) }
      const asked = seenBy(await browser.send(method, '/x?y=1', sent))
      assert.deepEqual([asked.method, asked.path, asked.body], [method, '/x?y=1', hasBody ? 'a body' : ''])
      assert.equal(asked.headers.cookie, proxy === 'traefik' ? undefined : 'theme=dark; cart=7')
      assert.equal(asked.headers.authorization, 'Bearer of-the-app')
      assert.equal(asked.headers['x-auth-user-id'], me.id)
      assert.equal(asked.headers['x-auth-roles'], 'default_user')
      assert.equal(asked.headers['x-auth-email'], undefined)
      assert.equal(asked.headers.x_auth_email, undefined)
      assert.doesNotMatch(JSON.stringify(asked), /sigil_|eyJ/)
    }
  },
)

eachOwnHost(
  'answers 401 without a ticket, and 403 without a role, before a request reaches the app',
  async (site) => {
    const client = clientAt(site.url)
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      for (const cookie of ['', 'sigil_ticket=forged', 'access_token=x; session=y']) {
        const reply = await client.send(method, '/', { headers: { cookie: cookie || undefined } })
        assert.equal(reply.status, 401, method)
        assert.equal(reply.headers['www-authenticate'], 'Bearer realm="sigil"')
        assert.match(reply.headers['cache-control'] ?? '', /no-store/)
      }
    }
    assert.equal((await client.post('/page', {}, { headers: navigating })).status, 401)
    const [browser, atSigil] = [browserOf(site), browserAt(site.sigil.url)]
    await arrivedOnPage(atSigil)
    await opened(site, browser, atSigil, '/')
    const before = site.app.seen.length
    const spellings = [
      'admin',
      'admin/x',
      'ADMIN',
      '%61dmin/',
      'x/../admin',
      './/admin/x',
      'public/..;/admin',
      'public/%2e%2e/admin',
      'public//../admin',
      'public/..%2fadmin',
      'public/%252e%252e/admin',
    ]
    for (const path of spellings) {
      const reply = await browser.get(`/${path}`)
      // Envoy resolves it to another path, for Sigil and for the app.
      const isResolved = reply.status === 200 && seenBy(reply).path === '/public/admin'
      assert.ok(isResolved || reply.status === 403 || reply.status === 400, `${path}: ${reply.status}`)
    }
    assert.ok(site.app.seen.slice(before).every(({ path }) => path === '/public/admin'))
  },
)

eachOwnHost('lets anyone open public paths, without an identity', async (site) => {
  const forged = { 'x-auth-user-id': 'root', 'x-auth-roles': 'admin', 'x-auth-email': 'root@example.org' }
  const seen = seenBy(await clientAt(site.url).get('/public/logo.svg', { headers: forged }))
  assert.deepEqual(
    Object.keys(seen.headers).filter((name) => /^x.auth/i.test(name)),
    [],
  )
  for (const path of ['/publicity', '/public/../x', '/PUBLIC/x']) {
    assert.equal((await clientAt(site.url).get(path)).status, 401, path)
  }
})

eachOwnHost('passes on preflights if the app allows them, and no other OPTIONS requests', async (site) => {
  const client = clientAt(site.url)
  const preflight = { origin: 'https://other.example', 'access-control-request-method': 'PUT' }
  assert.equal(seenBy(await client.send('OPTIONS', '/api', { headers: preflight })).method, 'OPTIONS')
  assert.equal((await client.send('PUT', '/api', { headers: preflight })).status, 401)
  assert.equal((await client.send('OPTIONS', '/api', { headers: { origin: preflight.origin } })).status, 401)
  assert.equal(site.app.seen.length, 1)
})

eachOwnHost('rejects the first request after an answered sign-out', async (site) => {
  const [browser, atSigil] = [browserOf(site), browserAt(site.sigil.url)]
  await arrivedOnPage(atSigil)
  assert.equal((await opened(site, browser, atSigil, '/')).status, 200)
  assert.equal((await browser.get('/')).status, 200)
  // The app's own sign-out: it redirects to Sigil, and the ticket is revoked.
  const cookie = browser.jar.headerFor('/')
  const out = await sendForm(
    browser,
    '/.sigil/sign-out',
    {},
    { origin: site.url, 'sec-fetch-site': 'same-origin' },
  )
  assert.deepEqual([out.status, out.headers.location], [303, `${site.sigil.url}/oauth/logout`])
  assert.deepEqual(browser.jar.names, ['sigil_app_browser'])
  assert.equal((await clientAt(site.url).get('/', { headers: { cookie } })).status, 401)

  assert.equal((await opened(site, browser, atSigil, '/again')).status, 200)
  assert.equal((await browser.get('/')).status, 200)
  await sendForm(atSigil, '/sign-out')
  assert.equal((await browser.get('/')).status, 401)
  assert.equal((await browser.get('/', { headers: navigating })).status, 302)
})

eachOwnHost('answers 5xx during an outage of Sigil, and does not expose its checks', async (site) => {
  const [browser, atSigil] = [browserOf(site), browserAt(site.sigil.url)]
  await arrivedOnPage(atSigil)
  await opened(site, browser, atSigil, '/')
  const asked = site.app.seen.length
  const anonymous = clientAt(site.url)
  for (const path of ['/.sigil/verify', '/.sigil/verify?redirect=401', '/.sigil/ext_authz/x']) {
    const { status } = await anonymous.get(path, { headers: { 'x-forwarded-uri': '/public' } })
    assert.ok(status === 404 || status === 401, `${path}: ${status}`)
  }
  await site.sigil.stop()
  const reply = await browser.get('/')
  assert.ok(reply.status >= 500, `${reply.status}`)
  assert.match(reply.headers['cache-control'] ?? '', /no-store/)
  assert.equal(site.app.seen.length, asked)
})
