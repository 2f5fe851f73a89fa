import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ticketLane } from '#src/forward-auth/ticket-lane.ts'
import {
  appHostAt,
  callbackFor,
  navigation,
  newHost,
  registerSite,
  serverWithHosts,
  signInAt,
  trusting,
} from '#test/support/app-host.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { startServer } from '#test/support/server.ts'

onBothEngines('signing in to an app on its own host', (engine) => {
  const { signedIn } = serverWithHosts(engine)

  test('a page redirects to the sign-in and back, and then the ticket is enough', async () => {
    const { app, at, browser } = await signedIn()
    const target = '/page?a=1&b=2%263&c=%2F'
    const led = await at.ask(target, { headers: navigation })
    assert.equal(led.status, 302)
    const location = led.headers.location ?? ''
    assert.ok(location.startsWith(`https://${at.host}/.sigil/sign-in?`), location)
    assert.equal(new URL(location).searchParams.get('next'), target)

    const back = await signInAt(at, browser, target)
    assert.deepEqual([back.status, back.headers.location], [303, target])
    assert.match(back.headers['cache-control'] ?? '', /no-store/)
    const attributes = at.client.jar.attributesOf('__Host-sigil_ticket')
    assert.ok(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax'].every((one) => attributes.includes(one)))

    const admitted = await at.ask(target)
    assert.equal(admitted.status, 204, admitted.text)
    const { body: me } = await browser.get('/api/v1/me')
    assert.equal(admitted.headers['x-auth-user-id'], me.id)
    assert.equal(admitted.headers['x-auth-roles'], 'default_user')
    assert.match(admitted.headers['cache-control'] ?? '', /no-store/)
    const { body } = await browser.get('/api/v1/me/apps')
    assert.deepEqual(
      (body as never as { data: { id: string }[] }).data.map(({ id }) => id),
      [app.clientId],
    )
  })

  test('a sign-in code for a host works once, in its browser, at its host', async () => {
    const { url, world, at, browser } = await signedIn()
    const other = await registerSite(world)
    const path = await callbackFor(at, browser)
    const failed = /\/hosts\/failed\?/
    // Another browser with the same URL, without and with a pending visit.
    const victim = appHostAt(url, at.host)
    assert.match((await victim.send('GET', path)).headers.location ?? '', failed)
    await victim.send('GET', '/.sigil/sign-in')
    assert.match((await victim.send('GET', path)).headers.location ?? '', failed)
    assert.equal(victim.ticket(), '')
    // The same browser at the host of another app.
    const cookie = `__Host-sigil_app_browser=${at.client.jar.valueOf('__Host-sigil_app_browser')}`
    const elsewhere = appHostAt(url, other.host)
    assert.match((await elsewhere.send('GET', path, { cookie })).headers.location ?? '', failed)
    const headers = { cookie, 'x-forwarded-host': at.host }
    const twenty = Array.from({ length: 20 }, () => clientAt(url).get(path, { headers }))
    assert.equal((await Promise.all(twenty)).filter(({ cookies }) => cookies.length > 0).length, 1)
    assert.match((await at.send('GET', path)).headers.location ?? '', failed)
    // With a ticket, a reloaded page continues.
    assert.equal((await signInAt(at, browser)).headers.location, '/')
    assert.equal((await at.send('GET', path)).headers.location, '/')
  })
})

onBothEngines('requests without a ticket', (engine) => {
  const { signedIn } = serverWithHosts(engine)

  test('only page views by a person are redirected', async () => {
    const { at } = await signedIn()
    const html = { accept: 'text/html' }
    const cases: [string, Record<string, string>, number][] = [
      ['GET', html, 302],
      ['GET', { 'sec-fetch-mode': 'navigate' }, 302],
      ['GET', { ...html, 'sec-fetch-mode': 'cors' }, 401],
      ['GET', { ...html, 'sec-fetch-mode': 'websocket' }, 401],
      ['GET', { accept: 'application/json' }, 401],
      ['GET', {}, 401],
      ['HEAD', navigation, 401],
      ['POST', navigation, 401],
      ['OPTIONS', navigation, 401],
    ]
    for (const [method, headers, status] of cases) {
      const reply = await at.ask('/', { method, headers })
      assert.equal(reply.status, status, `${method} ${JSON.stringify(headers)}`)
      assert.match(reply.headers['cache-control'] ?? '', /no-store/)
      if (status === 302) continue
      assert.equal(reply.headers['www-authenticate'], 'Bearer realm="sigil"')
      assert.equal(reply.headers.location, undefined)
    }
  })

  test('nginx gets the redirect as a 401 with Location, and Envoy may keep the method', async () => {
    const { at, browser } = await signedIn()
    const forNginx = await at.ask('/a?b=1', { headers: navigation, redirects: false })
    assert.equal(forNginx.status, 401)
    assert.equal(forNginx.headers.location, `https://${at.host}/.sigil/sign-in?next=%2Fa%3Fb%3D1`)
    const headers = { 'x-forwarded-host': at.host, 'x-forwarded-method': 'POST', 'x-forwarded-uri': '/a' }
    assert.equal((await at.client.send('POST', '/.sigil/ext_authz/a', { headers })).status, 401)
    await signInAt(at, browser)
    for (const path of ['/.sigil/ext_authz/a', '/.sigil/ext_authz']) {
      const reply = await at.client.send('POST', path, { headers })
      assert.equal(reply.status, 200)
      assert.match(String(reply.headers['x-auth-user-id']), /^[\w-]{22}$/)
    }
  })
})

onBothEngines('redirects of a host', (engine) => {
  const { signedIn } = serverWithHosts(engine)

  test('the sign-out link at the host redirects to Sigil, and does not end anything itself', async () => {
    const { at, browser, url } = await signedIn()
    await signInAt(at, browser)
    const left = await at.send('GET', '/.sigil/sign-out')
    assert.deepEqual([left.status, left.headers.location], [303, `${url}/oauth/logout`])
    assert.equal((await at.ask('/')).status, 204)
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'same-site' }
    assert.equal((await at.send('POST', '/.sigil/sign-out', foreign)).status, 403)
    assert.equal((await at.ask('/')).status, 204)
  })

  test('a destination on another site is never used for a redirect', async () => {
    const { url, host, browser } = await signedIn()
    const foreign = ['https://evil.example', '//evil.example/x', '/\\evil.example', '/.//evil.example', 'x']
    for (const next of foreign) {
      const at = appHostAt(url, host)
      assert.equal((await signInAt(at, browser, next)).headers.location, '/', next)
      const again = await at.send('GET', `/.sigil/callback?code=x&next=${encodeURIComponent(next)}`)
      assert.equal(again.headers.location, '/', next)
      const failed = await browser.get(`/hosts/failed?host=${host}&next=${encodeURIComponent(next)}`)
      assert.match(failed.text, new RegExp(`href="https://${host}/.sigil/sign-in\\?next=%2F"`))
    }
  })
})

onBothEngines('the host that a proxy reports', (engine) => {
  const { admitted } = serverWithHosts(engine)

  test('unknown hosts are rejected everywhere', async () => {
    const { url, at } = await admitted()
    const cookie = at.client.jar.headerFor('/') ?? ''
    const strange = [newHost(), 'localhost', '', `${at.host}, x`, `${at.host}:8443`, `x.${at.host}`, 'ё']
    const paths = ['verify', 'ext_authz/', 'ext_authz', 'sign-in', 'callback', 'sign-out']
    for (const host of strange) {
      const named = { cookie, 'x-forwarded-host': Buffer.from(host).toString('latin1') }
      const headers = { ...named, 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/', ...navigation }
      for (const path of paths) {
        const reply = await clientAt(url).get(`/.sigil/${path}`, { headers })
        assert.equal(reply.status, 404, `${path} at ${host}`)
        assert.deepEqual(reply.cookies, [])
      }
    }
    assert.equal((await clientAt(url).get('/hosts/sign-in?host=nowhere.example.com')).status, 400)
  })

  test('a proxy that does not describe the request is rejected', async () => {
    const { at } = await admitted()
    for (const missing of ['x-forwarded-method', 'x-forwarded-uri', 'x-forwarded-host']) {
      assert.equal((await at.ask('/', { headers: { [missing]: undefined } })).status, 404)
    }
    assert.equal((await at.ask('/')).status, 204)
  })
})

onBothEngines('a peer that is not a trusted proxy', (engine) => {
  test('hosts of apps are accepted only from a trusted proxy, even with a valid ticket', async () => {
    const trusted = await startServer(engine, trusting)
    const { app, host } = await registerSite(trusted.world)
    const browser = browserAt(trusted.url)
    await arrivedOnPage(browser)
    const at = appHostAt(trusted.url, host)
    await signInAt(at, browser)
    assert.equal((await at.ask('/')).status, 204)
    const headers = {
      Cookie: at.client.jar.headerFor('/'),
      ...{ 'X-Forwarded-Host': host, 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': '/' },
    }
    const answered: number[] = []
    const lane = ticketLane(trusted.world, {})
    const ask = (remoteAddress: string, ...more: string[]) =>
      lane(
        {
          ...{ method: 'GET', url: '/.sigil/verify', socket: { remoteAddress } },
          rawHeaders: [...Object.entries(headers).flatMap(([name, value]) => [name, value ?? '']), ...more],
        },
        { writeHead: (status) => ({ end: () => answered.push(status) }) },
      )
    assert.equal(ask('203.0.113.9'), undefined)
    // A header that was sent twice is left to the router.
    for (const name of ['Cookie', 'x-forwarded-host', 'X-Forwarded-Uri'])
      assert.equal(ask('127.0.0.1', name, '/'), undefined)
    assert.equal(ask('127.0.0.1')?.claims.aud, app.clientId)
    assert.deepEqual(answered, [204])

    const plain = await startServer(engine)
    const other = await registerSite(plain.world)
    const untrusted = appHostAt(plain.url, other.host)
    assert.equal((await untrusted.ask('/')).status, 404)
    assert.equal((await untrusted.send('GET', '/.sigil/sign-in')).status, 404)
    assert.equal(
      (await clientAt(plain.url).get('/.sigil/sign-in', { headers: { host: other.host } })).status,
      404,
    )
  })
})
