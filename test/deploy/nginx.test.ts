import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, type TestContext, test } from 'node:test'
import { runNginx, runNginxWith } from '#test/deploy/nginx.ts'
import { startApp } from '#test/deploy/protected-app.ts'
import { openSite, openSiteOf, seenBy } from '#test/deploy/site.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { arrived, personWithRoles, signedIn } from '#test/support/people.ts'
import { programOrSkip } from '#test/support/programs.ts'

const page = { accept: 'text/html' }

function siteWithNginx(t: TestContext) {
  const program = programOrSkip('nginx', t)
  return program === undefined ? undefined : openSite((ports) => runNginx(program, ports))
}

test('a cache around the site never serves a user the page of another', async (t) => {
  const site = await siteWithNginx(t)
  if (!site) return
  const plain = clientAt(`http://localhost:${site.proxy.unprotected}`)
  const shown = await plain.get('/app/', { headers: { 'x-auth-username': 'first' } })
  const again = await plain.get('/app/', { headers: { 'x-auth-username': 'second' } })
  // The same nginx without our files: the cache does serve one user's response to another.
  assert.equal(seenBy(shown).headers['x-auth-username'], 'first')
  assert.equal(again.text, shown.text)

  const names = ['first', 'second', 'third']
  for (let round = 0; round < 3; round++) {
    for (const username of names) {
      const browser = browserAt(site.url)
      await arrived(browser, { username: `${username}-${round}` })
      const reply = await browser.get('/app/')
      assert.equal(seenBy(reply).headers['x-auth-username'], `${username}-${round}`)
    }
  }
  assert.equal((await clientAt(site.url).get('/app/')).status, 401)
})

test('responses of the app pass unchanged, errors included', async (t) => {
  const site = await siteWithNginx(t)
  if (!site) return
  const browser = browserAt(site.url)
  await arrived(browser)
  for (const status of [400, 401, 403, 404, 500, 503]) {
    const reply = await browser.get(`/app/error/${status}`, { headers: page })
    assert.equal(reply.status, status)
    assert.match(reply.text, /"path":"\/app\/error\//)
    assert.equal(reply.headers['cache-control'], 'private, no-store')
  }
})

test('request bodies do not affect the next request', async (t) => {
  const site = await siteWithNginx(t)
  if (!site) return
  const browser = browserAt(site.url)
  await arrived(browser)
  for (let round = 0; round < 10; round++) {
    const raw = 'GET /api/v1/auth/verify HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200)
    assert.equal(seenBy(await browser.send('POST', '/app/', { raw, chunked: round % 2 === 0 })).body, raw)
    assert.equal((await clientAt(site.url).post('/app/', { raw })).status, 401)
  }
})

test('only a 2xx lets a request through, and no answer is a 503', async (t) => {
  const program = programOrSkip('nginx', t)
  if (program === undefined) return
  let status = 204
  const sigil = createServer((_request, response) => response.writeHead(status, { location: '/x' }).end())
  await new Promise<void>((resolve) => sigil.listen(0, '127.0.0.1', resolve))
  after(() => sigil.close())
  const app = await startApp()
  const own = await freePort()
  await runNginx(program, { own, sigil: [(sigil.address() as AddressInfo).port], app: app.port })
  const client = clientAt(`http://localhost:${own}`)
  const said: Record<number, number> = {}
  for (status of [204, 302, 304, 400, 401, 403, 404, 429, 500, 502, 503, 504]) {
    const reply = await client.get('/app/')
    said[status] = reply.status
    if (reply.status === 503) assert.equal(reply.headers['retry-after'], '1')
  }
  const { 204: yes, 401: unknown, 403: forbidden, ...others } = said
  assert.deepEqual([yes, unknown, forbidden], [200, 401, 403])
  assert.deepEqual(new Set(Object.values(others)), new Set([503]))
  assert.equal(app.seen.length, 1)
})

test('a misspelled role lets no one in, and nginx logs why', async (t) => {
  const program = programOrSkip('nginx', t)
  if (program === undefined) return
  const mistake = { '/verify?role=admin': '/verify?roles=admin' }
  const site = await openSite((ports) => runNginxWith(mistake, program, ports))
  const chief = await personWithRoles(site.sigil.world, ['default_user', 'admin'])
  const { access_token: bearer } = await signedIn(clientAt(site.url), chief)
  assert.equal((await clientAt(site.url).get('/app/admin/', { bearer })).status, 503)
  assert.deepEqual(site.app.seen, [])
  assert.match(site.proxy.log(), /auth request unexpected status: 400 .*GET \/app\/admin\//)
  assert.equal((await clientAt(site.url).get('/app/', { bearer })).status, 200)
})

test('Sigil and the app receive the address of the client', async (t) => {
  const site = await siteWithNginx(t)
  if (!site) return
  const { session, person } = await arrived(clientAt(site.url))
  const bearer = session.access_token
  const call = (path: string, json?: unknown) => fromAnotherAddress(site.url, path, bearer, json)
  assert.equal(JSON.parse(await call('/app/')).headers['x-forwarded-for'], '127.0.0.2')
  await call('/api/v1/auth/signin', { login: person.email, password: person.password })
  const history: { data: { ip: string }[] } = JSON.parse(await call('/api/v1/me/history'))
  assert.deepEqual(history.data.map(({ ip }) => ip).sort(), ['127.0.0.1', '127.0.0.2'])
})

onBothEngines('nginx before several nodes', (engine) => {
  test('the first request after a logout at any node is rejected', async (t) => {
    const program = programOrSkip('nginx', t)
    if (program === undefined) return
    const count = engine.dialect === 'postgres' ? 2 : 1
    const place = await engine.freshPlace()
    const site = await openSiteOf(count, place, (ports) => runNginx(program, ports))
    const browser = browserAt(site.url)
    const { person } = await arrived(browser)
    for (let round = 0; round < 50; round++) {
      await signedIn(browser, person)
      const cookie = browser.jar.headerFor('/app/')
      assert.equal((await browser.get('/app/')).status, 200)
      assert.equal((await browser.post('/api/v1/auth/logout')).status, 204)
      // Twice, so that both nodes are called.
      for (const headers of [{ cookie }, { cookie }]) {
        assert.equal((await clientAt(site.url).get('/app/', { headers })).status, 401)
      }
    }
    assert.equal(site.app.seen.length, 50)
  })
})

/** Every address in 127.0.0.0/8 is this machine. */
function fromAnotherAddress(url: string, path: string, bearer: string, json?: unknown): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const method = json === undefined ? 'GET' : 'POST'
  const headers = {
    authorization: `Bearer ${bearer}`,
    'x-forwarded-for': '203.0.113.9, 127.0.0.1',
    'content-type': 'application/json',
  }
  const { port } = new URL(url)
  const where = { host: '127.0.0.1', localAddress: '127.0.0.2', port, path, method, headers }
  const call = request(where, (response) => {
    response
      .setEncoding('utf8')
      .toArray()
      .then((chunks) => resolve(chunks.join('')), reject)
  })
  call.on('error', reject)
  call.end(json === undefined ? undefined : JSON.stringify(json))
  return promise
}
