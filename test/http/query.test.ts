import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/routes.ts'
import { administered } from '#test/administration/administrator.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { assertFieldRefused } from '#test/support/rejected.ts'

onBothEngines('a query of the API', (engine) => {
  const { admin } = administered(engine)

  test('that is misspelt is refused by name, where everybody would have been listed', async () => {
    const misspelt = {
      '/users?statuss=disabled': ['statuss', 'Did you mean status?'],
      '/users?Role=admin': ['Role', 'Did you mean role?'],
      '/users?q=x&colour=red': ['colour', 'Leave it out.'],
      '/users?status=active&stat=1&rol=2': ['rol', 'Leave it out.'],
      '/roles?limits=1': ['limits', 'Did you mean limit?'],
      '/audit?foo=1': ['foo', 'Leave it out.'],
      '/audit?events=signed_in': ['events', 'Did you mean event?'],
      '/me/sessions?offset=2': ['offset', 'Leave it out.'],
      '/me/history?__proto__=1': ['__proto__', 'Leave it out.'],
      '/me/history?=1': ['', 'Leave it out.'],
    }
    for (const [path, [key, advice]] of Object.entries(misspelt)) {
      const reply = await admin.call('GET', path)
      assertFieldRefused(reply, `/${key}`, 'unknown_key')
      assert.ok(reply.body.errors[0]?.detail.endsWith(advice ?? ''), reply.text)
    }
    assert.equal((await admin.call('GET', '/users?status=disabled&limit=1')).body.data.length, 0)
  })

  test('is refused by every call that takes none, and nothing is done', async () => {
    for (const path of ['/me', '/roles/admin', '/healthcheck']) {
      assertFieldRefused(await admin.call('GET', `${path}?verbose=1`), '/verbose', 'unknown_key')
    }
    assertFieldRefused(await admin.call('PATCH', '/me?x=1', { full_name: 'Nobody' }), '/x', 'unknown_key')
    assert.notEqual((await admin.call('GET', '/me')).body.full_name, 'Nobody')
    for (const nothing of ['', '?', '?&']) {
      assert.equal((await admin.call('GET', `/me${nothing}`)).status, 200)
    }
    const loose = routes.filter(
      ({ path, endpoint }) =>
        path.startsWith('/api/') && endpoint.query?.safeParse({ no_such_key: 'x' }).success,
    )
    assert.deepEqual(loose, [])
  })

  test('says what is meant once, where one is meant', async () => {
    const twice = {
      limit: '/users?limit=1&limit=200',
      status: '/users?status=active&status=disabled',
      sort: '/users?sort=email&sort=-email',
      cursor: '/me/sessions?cursor=a&cursor=a',
      event: '/audit?event=signed_in&event=signed_in',
    }
    for (const [key, path] of Object.entries(twice)) {
      const reply = await admin.call('GET', path)
      assertFieldRefused(reply, `/${key}`, 'given_twice')
      assert.equal(reply.body.errors.length, 1)
    }
  })
})

onBothEngines('a query that others put behind an address', (engine) => {
  const { admin } = administered(engine)

  test('is no matter to documents and pages, to which others lead', async () => {
    for (const path of ['/openapi.json', '/.well-known/jwks.json', '/healthz', '/sign-in', '/docs']) {
      const { status } = await admin.client.get(`${path}?utm_source=x&utm_source=y`)
      assert.equal(status, 200, path)
    }
    assert.equal((await admin.client.post('/oauth/introspect?x=1')).status, 401)
  })
})
