import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/routes.ts'
import { administered } from '#test/administration/administrator.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { assertFieldRefused } from '#test/support/rejected.ts'

onBothEngines('API queries', (engine) => {
  const { admin } = administered(engine)

  test('a misspelt query parameter is an error that names it', async () => {
    const misspelt = {
      '/users?statuss=disabled': ['statuss', 'Did you mean `status`?'],
      '/users?Role=admin': ['Role', 'Did you mean `role`?'],
      '/users?q=x&colour=red': ['colour', 'Remove it.'],
      '/users?status=active&stat=1&rol=2': ['rol', 'Did you mean `role`?'],
      '/roles?limits=1': ['limits', 'Did you mean `limit`?'],
      '/audit?foo=1': ['foo', 'Remove it.'],
      '/audit?events=signed_in': ['events', 'Did you mean `event`?'],
      '/me/sessions?offset=2': ['offset', 'Remove it.'],
      '/me/history?__proto__=1': ['__proto__', 'Remove it.'],
      '/me/history?=1': ['', 'Remove it.'],
    }
    for (const [path, [key, advice]] of Object.entries(misspelt)) {
      const reply = await admin.call('GET', path)
      assertFieldRefused(reply, `/${key}`, 'unknown_key')
      const error = reply.body.errors.find(({ pointer }) => pointer === `/${key}`)
      assert.ok(error?.detail.endsWith(advice ?? ''), reply.text)
    }
    assert.equal((await admin.call('GET', '/users?status=disabled&limit=1')).body.data.length, 0)
  })

  test('a call without declared query parameters rejects any, and changes nothing', async () => {
    for (const path of ['/me', '/roles/admin', '/healthcheck']) {
      assertFieldRefused(await admin.call('GET', `${path}?verbose=1`), '/verbose', 'unknown_key')
    }
    assertFieldRefused(await admin.call('PATCH', '/me?x=1', { full_name: 'Nobody' }), '/x', 'unknown_key')
    assert.notEqual((await admin.call('GET', '/me')).body.full_name, 'Nobody')
    for (const nothing of ['', '?', '?&']) {
      assert.equal((await admin.call('GET', `/me${nothing}`)).status, 200)
    }
    const loose = routes.filter(
      ({ path, surface, endpoint }) =>
        path.startsWith('/api/') &&
        surface === 'api' &&
        endpoint.query?.safeParse({ no_such_key: 'x' }).success,
    )
    assert.deepEqual(loose, [])
  })

  test('a query parameter that is sent twice where one is expected is an error', async () => {
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

onBothEngines('queries of pages and documents', (engine) => {
  const { admin } = administered(engine)

  test('documents and pages ignore unknown query parameters', async () => {
    for (const path of ['/openapi.json', '/.well-known/jwks.json', '/healthz', '/sign-in', '/docs']) {
      const { status } = await admin.client.get(`${path}?utm_source=x&utm_source=y`)
      assert.equal(status, 200, path)
    }
    const form = { raw: 'token=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    assert.equal((await admin.client.send('POST', '/oauth/introspect?x=1', form)).status, 401)
  })
})

onBothEngines('pages of short lists', (engine) => {
  const { admin, anybody } = administered(engine)

  test('the roles of a user come in pages', async () => {
    const { person } = await anybody()
    const at = `/users/${person.id}/roles`
    await admin.call('PUT', `${at}/guest`)
    const all = (await admin.call('GET', at)).body.data
    const page = (query: string) => admin.call('GET', `${at}?limit=1${query}`)
    const first = (await page('')).body
    const second = (await page(`&cursor=${first.next_cursor}`)).body
    assert.deepEqual([...first.data, ...second.data], all)
    assert.equal(second.next_cursor, null)
    assertFieldRefused(await page('&cursor=x'), '/cursor', 'bad_cursor')
  })
})
