import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appById, secretHashes } from '#src/apps/apps.sql.ts'
import { isSecretIn } from '#src/apps/client-secret.ts'
import { administered } from '#test/administration/administrator.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines } from '#test/support/engines.ts'

const web = { name: 'Notes', kind: 'web', redirect_uris: ['https://notes.example.com/callback'] }

onBothEngines('registering apps and APIs', (engine) => {
  const { admin } = administered(engine)
  const send = admin.call

  test('an administrator registers an API and an app for it, and reads both', async () => {
    const api = { name: 'notes', audience: 'https://api.example.com', scopes: { read: 'Read your notes' } }
    assert.equal((await send('POST', '/apis', api)).status, 201)
    assert.equal((await send('POST', '/apis', api)).body.code, 'api_exists')
    const created = await send('POST', '/apps', { ...web, apis: [{ name: 'notes' }] })
    assert.equal(created.status, 201, created.text)
    const { app, client_secret: secret } = created.body as never as { app: Shown; client_secret: string }
    assert.match(app.client_id, /^app_[\w-]{22}$/)
    assert.match(secret, /^sgs_[\w-]{43}$/)
    assert.deepEqual(app.apis, [{ name: 'notes', audience: 'https://api.example.com', scopes: ['read'] }])
    assert.deepEqual((await send('GET', `/apps/${app.client_id}`)).body, app)
    const listed = (await send('GET', '/apps')).body as never as { data: Shown[] }
    assert.equal(listed.data[0]?.client_id, app.client_id)
    assert.equal((await send('GET', '/apis/notes')).status, 200)
    assert.equal((await send('GET', '/apis')).status, 200)
    assert.equal((await send('DELETE', '/apis/notes')).body.code, 'api_in_use')
    const changed = await send('PATCH', `/apps/${app.client_id}`, { name: 'Notebook', apis: [] })
    assert.deepEqual([changed.status, changed.body.name], [200, 'Notebook'])
    assert.equal((await send('PATCH', '/apis/notes', { scopes: { write: 'Change notes' } })).status, 200)
    assert.equal((await send('DELETE', '/apis/notes')).status, 204)
    assert.equal((await send('DELETE', `/apps/${app.client_id}`)).status, 204)
    assert.equal((await send('GET', `/apps/${app.client_id}`)).status, 404)
  })
})

onBothEngines('client secrets', (engine) => {
  const { server, admin } = administered(engine)
  const send = admin.call

  test('an app keeps its last two secrets, and only their hashes are stored', async () => {
    const created = (await send('POST', '/apps', web)).body as never as { app: Shown; client_secret: string }
    const { client_id: id } = created.app
    const isGood = async (secret: string) =>
      isSecretIn(await secretHashes(server().world.db.query, id), secret)
    const rotate = async (json = {}) =>
      (await send('POST', `/apps/${id}/rotate_secret`, json)).body as never as { client_secret: string }
    const second = (await rotate()).client_secret
    assert.deepEqual([await isGood(created.client_secret), await isGood(second)], [true, true])
    const third = (await rotate()).client_secret
    const all = [created.client_secret, second, third]
    assert.deepEqual(await Promise.all(all.map(isGood)), [false, true, true])
    const fourth = (await rotate({ end_previous: true })).client_secret
    assert.deepEqual(await Promise.all([third, fourth].map(isGood)), [false, true])
    assert.equal(await isGood(`${fourth}x`), false)
    const browser = { name: 'SPA', kind: 'browser', redirect_uris: ['https://spa.example.com/'] }
    const spa = (await send('POST', '/apps', browser)).body as never as { app: Shown }
    const rejected = await send('POST', `/apps/${spa.app.client_id}/rotate_secret`, {})
    assert.equal(rejected.body.code, 'app_without_secret')
  })
})

onBothEngines('checks of registered fields', (engine) => {
  const { server, admin } = administered(engine)
  const send = admin.call

  test('redirect URIs are https, loopback, or private-use schemes of native apps', async () => {
    const statusOf = async (kind: string, uri: string) =>
      (await send('POST', '/apps', { name: 'x', kind, redirect_uris: [uri] })).status
    const good = [
      ['web', 'https://a.example.com/cb?x=1'],
      ['web', 'http://localhost:3000/cb'],
      ['browser', 'http://127.0.0.1/cb'],
      ['native', 'http://[::1]/cb'],
      ['native', 'com.example.app:/callback'],
    ] as const
    for (const [kind, uri] of good) assert.equal(await statusOf(kind, uri), 201, uri)
    const bad = [
      ['web', 'http://a.example.com/cb'],
      ['web', 'https://a.example.com/cb#f'],
      ['web', 'https://user:pass@a.example.com/cb'],
      ['web', 'https://a.example.com/../cb'],
      ['web', 'https://a.example.com\\@evil.example'],
      ['web', 'com.example.app:/callback'],
      ['native', 'javascript:alert(1)'],
      ['native', 'app:/callback'],
      ['native', 'data:text/html,x'],
      ['web', '/cb'],
      ['machine', 'https://a.example.com/cb'],
    ] as const
    for (const [kind, uri] of bad) assert.equal(await statusOf(kind, uri), 400, uri)
    assert.equal((await send('POST', '/apps', { name: 'x', kind: 'web' })).status, 400)
    const spa = { name: 'x', kind: 'browser', redirect_uris: ['https://a.example.com/'], pkce: 'optional' }
    assert.equal((await send('POST', '/apps', spa)).status, 400)
  })

  test("Sigil's own URL cannot become an API, and an unknown API cannot be allowed", async () => {
    const own = server().world.settings.publicUrl
    for (const audience of [own, `${own}/`, `${own}/api/v1`, 'x', 'https://a.example.com/#f']) {
      assert.equal((await send('POST', '/apis', { name: 'own', audience })).status, 400, audience)
    }
    const scoped = { name: 'x1', audience: 'https://x1.example.com', scopes: { openid: 'x' } }
    assert.equal((await send('POST', '/apis', scoped)).status, 400)
    const unknown = await send('POST', '/apps', { ...web, apis: [{ name: 'nothing' }] })
    assert.equal(unknown.status, 400)
  })

  test('the registration of a removed app is not found', async () => {
    assert.equal((await send('PATCH', '/apps/app_x', { name: 'x' })).status, 404)
    assert.equal((await send('DELETE', '/apps/app_x')).status, 404)
    assert.equal((await send('POST', '/apps/app_x/rotate_secret', {})).status, 404)
    assert.equal((await send('GET', '/apis/none')).status, 404)
    assert.equal((await send('DELETE', '/apis/none')).status, 404)
    assert.equal(await appById(server().world.db.query, 'app_x'), undefined)
  })
})

type Shown = { client_id: string; apis: unknown; hosts: string[] }

onBothEngines('apps behind a proxy', (engine) => {
  const { admin } = administered(engine)
  const send = admin.call
  const wiki = { name: 'Wiki', kind: 'proxy' }

  test('each host belongs to one app, and rules can be changed', async () => {
    const hosts = ['One.example.com', 'one.example.com:8443']
    const rule = { path: '/admin', requires: 'roles:admin' }
    const created = await send('POST', '/apps', { ...wiki, hosts, path_rules: [rule], allow_preflight: true })
    assert.equal(created.status, 201, created.text)
    const { app, client_secret: secret } = created.body as never as { app: Shown; client_secret?: string }
    assert.equal(secret, undefined)
    assert.deepEqual(app.hosts, ['one.example.com', 'one.example.com:8443'])
    const path = `/apps/${app.client_id}`
    const reasonOf = async (json: object, at = '/apps', method = 'POST') => {
      const { status, body } = await send(method, at, json)
      const { errors } = body as never as { errors: { pointer: string; code: string }[] }
      return status === 400 ? errors.map(({ pointer, code }) => `${pointer} ${code}`).join() : status
    }
    assert.equal(await reasonOf({ ...wiki, hosts: ['one.example.com'] }), '/hosts host_taken')
    assert.equal(await reasonOf({ ...wiki, hosts: ['two.example.com', 'x y'] }), '/hosts bad_host')
    assert.equal(await reasonOf({ ...wiki, hosts: [] }), '/hosts host_needed')
    assert.equal(await reasonOf({ ...web, hosts: ['two.example.com'] }), '/hosts only_for_proxies')
    const redirect = { redirect_uris: ['https://two.example.com/'] }
    assert.equal(
      await reasonOf({ ...wiki, hosts: ['a.example'], ...redirect }),
      '/redirect_uris not_for_proxies',
    )
    const badRule = { path_rules: [{ path: '/x', requires: 'nobody' }] }
    assert.equal(await reasonOf(badRule, path, 'PATCH'), '/path_rules/0/requires invalid_value')
    // A rejected change leaves everything as it was.
    const second = await send('POST', '/apps', { ...wiki, hosts: ['two.example.com'] })
    const { app: other } = second.body as never as { app: Shown }
    assert.equal(
      await reasonOf({ hosts: ['one.example.com'] }, `/apps/${other.client_id}`, 'PATCH'),
      '/hosts host_taken',
    )
    assert.deepEqual((await send('GET', `/apps/${other.client_id}`)).body, other)
    const changed = await send('PATCH', path, { hosts: ['one.example.com'], path_rules: [] })
    assert.deepEqual(changed.body, { ...app, hosts: ['one.example.com'], path_rules: [] })
    assert.equal((await send('POST', `${path}/rotate_secret`, {})).body.code, 'app_without_secret')
    assert.equal((await send('DELETE', path)).status, 204)
    assert.equal(
      (await send('PATCH', `/apps/${other.client_id}`, { hosts: ['one.example.com'] })).status,
      200,
    )
  })

  test('of twenty apps that request one host at once, one gets it', async () => {
    const hosts = ['wanted.example.com']
    const replies = await atOnce(20, () => send('POST', '/apps', { ...wiki, hosts }))
    assert.equal(replies.filter(({ status }) => status === 201).length, 1)
  })
})
