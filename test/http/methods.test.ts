import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { test } from 'node:test'
import { routes } from '#src/routes.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const api = routes.filter(({ surface }) => surface === 'api')

onBothEngines('an address', (engine) => {
  const server = serverForSuite(engine)

  test('names the methods it takes to whoever comes with another', async () => {
    const client = clientAt(server().url)
    const paths = new Set(api.filter(({ method }) => method !== 'ALL').map(({ path }) => path))
    for (const path of paths) {
      const taken = api.filter((route) => route.path === path).map(({ method }) => method as string)
      if (taken.includes('GET')) taken.push('HEAD')
      const concrete = path.replaceAll(/:\w+/g, 'x')
      const other = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((one) => !taken.includes(one))
      for (const method of other) {
        const reply = await client.send(method, concrete)
        assertRefused(reply, 'method_not_allowed')
        assert.deepEqual(reply.headers.allow?.split(', ').sort(), taken.sort(), `${method} ${path}`)
      }
    }
  })

  test('answers HEAD as it answers GET, without the body', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    for (const path of [
      '/healthz',
      '/api/v1/me',
      '/api/v1/auth/verify',
      '/.well-known/jwks.json',
      '/nowhere',
    ]) {
      for (const sent of [{}, { bearer }]) {
        const [head, get] = [await client.send('HEAD', path, sent), await client.get(path, sent)]
        assert.deepEqual([head.status, head.text], [get.status, ''], path)
        assert.equal(head.headers['content-type'], get.headers['content-type'])
      }
    }
  })

  test('that is not there says so, as JSON', async () => {
    const client = clientAt(server().url)
    for (const path of [
      '/nowhere',
      '/api/v1/nowhere',
      '/api',
      '/api/v1/me/',
      '/api/v1/me/x',
      '/.env',
      '/.git/HEAD',
    ]) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        assertRefused(await client.send(method, path), 'not_found')
      }
    }
  })
})

onBothEngines('no cache', (engine) => {
  const server = serverForSuite(engine)

  test('keeps what was said to somebody, or sets a cookie', async () => {
    const browser = browserAt(server().url)
    const { person } = await arrived(browser)
    for (const { path, method, guard } of api) {
      if (method !== 'GET' || guard.name === 'anyone') continue
      const reply = await browser.get(path.replaceAll(/:\w+/g, 'x'))
      assert.equal(reply.headers['cache-control'], 'no-store', path)
    }
    const replies = [
      await signIn(browser, person, { transport: 'cookie' }),
      await browser.post('/api/v1/auth/refresh'),
      await browser.get('/api/v1/auth/verify'),
      await browser.post('/api/v1/auth/verify'),
      await browser.get('/ext_authz/x'),
      await browser.post('/api/v1/auth/logout'),
    ]
    for (const { headers, status } of replies) {
      assert.ok(status < 300)
      assert.equal(headers['cache-control'], 'no-store')
    }
  })
})

onBothEngines('for a proxy', (engine) => {
  const server = serverForSuite(engine)

  test('only a good token is a 2xx, by whatever method it comes', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const good = { bearer: session.access_token }
    const methods = METHODS.filter((method) => !['CONNECT', 'TRACE'].includes(method))
    for (const method of methods) {
      for (const path of ['/ext_authz', '/ext_authz/', '/ext_authz/a/b%2f..?role=admin&role=x']) {
        const yes = await client.send(method, path, good)
        assert.equal(yes.status, 200, `${method} ${path}`)
        assert.equal(yes.headers['x-auth-user-id'], session.user.id)
        const no = await client.send(method, path, { bearer: 'x' })
        assert.equal(no.status, 401, `${method} ${path}`)
      }
    }
    for (const method of METHODS) {
      if (method === 'CONNECT') continue
      for (const path of ['/api/v1/auth/verify', '/ext_authz', '/ext_authz/x']) {
        // What a browser asks before it writes, too.
        const headers = { origin: 'https://evil.example', 'access-control-request-method': 'GET' }
        const { status } = await client.send(method, path, { bearer: 'x', json: {}, headers })
        const asked = method === 'POST' && path.endsWith('verify')
        assert.ok(asked ? status === 200 : status >= 400 && status < 500, `${method} ${path}: ${status}`)
      }
    }
  })
})

onBothEngines('a yes for a proxy', (engine) => {
  const server = serverForSuite(engine)

  test('tells who it is, in plain ASCII, and an email only where it is proven', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client, { username: 'Шура' })
    const spoofed = {
      'x-auth-user-id': 'admin',
      'x-auth-roles': 'admin',
      'x-auth-email': 'admin@example.org',
    }
    for (const path of ['/api/v1/auth/verify', '/api/v1/auth/verify?role=default_user', '/ext_authz/x']) {
      const { headers } = await client.get(path, { bearer: session.access_token, headers: spoofed })
      assert.equal(headers['x-auth-user-id'], session.user.id)
      assert.equal(headers['x-auth-session-id'], session.session_id)
      assert.equal(headers['x-auth-username'], encodeURIComponent('Шура'))
      assert.equal(headers['x-auth-roles'], 'default_user')
      assert.equal(headers['x-auth-email'], undefined)
    }
  })

  test('needs one of the roles that are asked for, whichever', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const verify = '/api/v1/auth/verify'
    for (const query of ['?role=default_user', '?role=admin&role=default_user', '']) {
      assert.equal((await client.get(verify + query, { bearer })).status, 204)
    }
    for (const query of ['?role=admin', '?role=admin&role=guest', '?role=nobody_has_it']) {
      assertRefused(await client.get(verify + query, { bearer }), 'forbidden')
      assertRefused(await client.get(verify + query), 'not_signed_in')
    }
  })
})
