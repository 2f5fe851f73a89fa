import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, logOut } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

/** Envoy calls with the method and the full URL of the request. CONNECT gets no check. */
const methods = METHODS.filter((method) => method !== 'CONNECT')

const paths = [
  '',
  '/',
  '/app/x',
  '/a%2Fb',
  '/%ff',
  '/a//b',
  '/api/v1/auth/logout',
  '/x?role=admin&role=',
  '/x?%zz=[]',
]

/** A path traversal from the ext_authz prefix to a path that returns 200 to anyone. */
const waysUp = [
  '/../healthz',
  '/%2e%2e/healthz',
  '/.%2E/sign-in?x',
  '/app/../../healthz',
  '/app//../../../docs',
  '/app/x/../../../.well-known/jwks.json',
  '/../ext_authz/../healthz',
  '/..',
  '/%2e%2e?x=1',
  '/..#x',
]

onBothEngines('ext_authz requests as Envoy sends them', (engine) => {
  test('ext_authz answers 200 with the identity for every method and path', async () => {
    const { url } = await startServer(engine)
    const client = clientAt(url)
    const { person, session } = await arrived(client, { username: 'Жанна' })
    const token = session.access_token
    const asks = [...methods.map((method) => [method, '/app/x']), ...paths.map((path) => ['GET', path])]
    for (const [method = '', path = ''] of asks) {
      const headers = { 'content-length': '0' }
      const yes = await client.send(method, `/ext_authz${path}`, { bearer: token, headers })
      assert.equal(yes.status, 200, `${method} ${path} ${yes.text}`)
      assert.equal(yes.headers['x-auth-user-id'], person.id)
      assert.equal(yes.headers['x-auth-username'], '%D0%96%D0%B0%D0%BD%D0%BD%D0%B0')
      assert.equal(yes.headers['cache-control'], 'no-store')
      for (const sent of [{ headers }, { bearer: 'forged', headers }]) {
        const no = await client.send(method, `/ext_authz${path}`, sent)
        assert.equal(no.status, 401, `${method} ${path}`)
        assert.equal(no.headers['x-auth-user-id'], undefined)
      }
    }
    for (const path of waysUp) {
      for (const sent of [{}, { bearer: 'forged' }, { bearer: token }]) {
        const no = await client.send('GET', `/ext_authz${path}`, sent)
        assert.ok(no.status >= 400 && no.status < 500, `${path}: ${no.status}`)
      }
    }
    // None of the checks logged anyone out.
    assert.equal((await client.get('/ext_authz/x', { bearer: token })).status, 200)
    await logOut(client, token)
    assert.equal((await client.get('/ext_authz/x', { bearer: token })).status, 401)
  })
})
