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

onBothEngines('HTTP methods', (engine) => {
  const server = serverForSuite(engine)

  test('a URL lists its supported methods for any other method', async () => {
    const client = clientAt(server().url)
    const paths = new Set(api.filter(({ method }) => method !== 'ALL').map(({ path }) => path))
    for (const path of paths) {
      const taken = routes.filter((route) => route.path === path).map(({ method }) => method as string)
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

  test('HEAD is answered like GET, without the body', async () => {
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

  test('an unknown URL is not found, as JSON', async () => {
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

onBothEngines('caching', (engine) => {
  const server = serverForSuite(engine)

  test('answers for a user or with a cookie are not cached', async () => {
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

onBothEngines('forward-auth methods', (engine) => {
  const server = serverForSuite(engine)

  test('forward-auth returns a 2xx only for a valid token, with any method', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const good = { bearer: session.access_token }
    const methods = METHODS.filter((method) => !['CONNECT', 'TRACE'].includes(method))
    for (const method of methods) {
      for (const path of ['/ext_authz', '/ext_authz/', '/ext_authz/a/b%2f..?role=admin&role=x']) {
        const accepted = await client.send(method, path, good)
        assert.equal(accepted.status, 200, `${method} ${path}`)
        assert.equal(accepted.headers['x-auth-user-id'], session.user.id)
        const rejected = await client.send(method, path, { bearer: 'x' })
        assert.equal(rejected.status, 401, `${method} ${path}`)
      }
    }
    for (const method of METHODS) {
      if (method === 'CONNECT') continue
      for (const path of ['/api/v1/auth/verify', '/ext_authz', '/ext_authz/x']) {
        // Preflights, too.
        const headers = { origin: 'https://evil.example', 'access-control-request-method': 'GET' }
        const { status } = await client.send(method, path, { bearer: 'x', json: {}, headers })
        const isVerdict = method === 'POST' && path.endsWith('verify')
        assert.ok(isVerdict ? status === 200 : status >= 400 && status < 500, `${method} ${path}: ${status}`)
      }
    }
  })
})

onBothEngines('forward-auth identity', (engine) => {
  const server = serverForSuite(engine)

  test('forward-auth returns the user in ASCII headers, and the email only if verified', async () => {
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

  test('forward-auth accepts any one of the required roles', async () => {
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
