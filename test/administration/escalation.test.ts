import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRole } from '#src/administration/create-role.ts'
import { byCli } from '#src/audit/by.ts'
import { routes } from '#src/routes.ts'
import { newAdministrator, signedInAs } from '#test/administration/administrator.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { builtInRoles, personWithRoles, refreshed, signedIn, signedUp, signUp } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const guarded = routes.filter(({ guard }) => guard.name.startsWith('role admin'))

/** Every administrative call, with the id of this person. */
function callsAt(id: string) {
  return callsTo(guarded, id)
}

function callsTo(wanted: readonly { readonly method: string; readonly path: string }[], id: string) {
  return wanted.map(({ method, path }) => ({
    method,
    path: path
      .replace(':id', id)
      .replace(/:(role|name)/, 'admin')
      .replace(':sid', id)
      .replace(':fid', 'totp'),
  }))
}

onBothEngines('administrative calls', (engine) => {
  const server = serverForSuite(engine)

  test('every call below /users and /roles requires the role admin', () => {
    const own = routes.filter(({ path }) => /^\/api\/v1\/(users|roles)(\/|$)/.test(path))
    assert.ok(own.length >= 21)
    for (const route of own) assert.ok(guarded.includes(route), route.path)
  })

  test('administrative calls reject everyone without the role admin', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const { id } = await signedUp(client)
    const others = builtInRoles.filter((role) => role !== 'admin')
    const session = await signedIn(client, await personWithRoles(world, others))
    for (const { method, path } of callsAt(id)) {
      const json = method === 'POST' || method === 'PATCH' ? { json: {} } : {}
      assertRefused(await client.send(method, path, json), 'not_signed_in')
      assertRefused(await client.send(method, path, { ...json, bearer: 'x.y.z' }), 'not_signed_in')
      const bearer = session.access_token
      assertRefused(await client.send(method, path, { ...json, bearer }), 'forbidden')
      // Also for their own user.
      const own = path.replace(id, session.user.id)
      assertRefused(await client.send(method, own, { ...json, bearer }), 'forbidden')
    }
  })
})

onBothEngines('readers of the administration', (engine) => {
  const server = serverForSuite(engine)

  test('auditors and support may call what they read in the console, and change nothing', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const { id } = await signedUp(client)
    for (const role of ['auditor', 'support']) {
      await createRole(world, { name: role, description: '', by: byCli })
      const person = await personWithRoles(world, ['default_user', role])
      const bearer = (await signedIn(client, person)).access_token
      const allowed: string[] = []
      for (const { method, path, guard } of guarded) {
        const [call] = callsTo([{ method, path }], id)
        const json = method === 'POST' || method === 'PATCH' ? { json: {} } : {}
        const { body, status } = await client.send(method, call?.path ?? '', { ...json, bearer })
        const isOpen = method === 'GET' && guard.name.includes(`or ${role}`)
        assert.equal(body?.code === 'forbidden', !isOpen, `${method} ${path} by ${role}: ${status}`)
        if (isOpen) allowed.push(path)
      }
      assert.equal(allowed.includes('/api/v1/users/:id/sessions'), true)
      assert.equal(allowed.includes('/api/v1/audit'), role === 'auditor')
      assert.equal(allowed.includes('/api/v1/apps'), role === 'auditor')
    }
  })
})

onBothEngines('former administrators', (engine) => {
  const server = serverForSuite(engine)

  test('after losing the role admin, old and refreshed tokens allow no administrative calls', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const [admin, former] = [await newAdministrator(server()), await newAdministrator(server())]
    assert.equal((await former.call('GET', '/roles')).status, 200)
    assert.equal((await admin.call('DELETE', `/users/${former.person.id}/roles/admin`)).status, 204)
    const target = await personWithRoles(world, ['default_user'])
    const { access_token } = await refreshed(client, former.refreshToken)
    for (const { method, path } of callsAt(target.id)) {
      const json = method === 'POST' || method === 'PATCH' ? { json: {} } : {}
      assertRefused(await client.send(method, path, { ...json, bearer: former.token }), 'not_signed_in')
      assertRefused(await client.send(method, path, { ...json, bearer: access_token }), 'forbidden')
    }
    assert.equal((await admin.call('GET', `/users/${target.id}`)).status, 200)
  })

  test('a disabled administrator cannot make administrative calls', async () => {
    const [admin, former] = [await newAdministrator(server()), await newAdministrator(server())]
    assert.equal((await admin.call('POST', `/users/${former.person.id}/disable`)).status, 200)
    assertRefused(await former.call('POST', `/users/${former.person.id}/enable`), 'not_signed_in')
    const listed = (await admin.call('GET', `/users/${former.person.id}`)).body
    assert.deepEqual([listed.status, listed.roles], ['disabled', ['admin', 'default_user']])
  })
})

onBothEngines('becoming an administrator', (engine) => {
  const server = serverForSuite(engine)

  test('the role admin cannot be granted by any field of sign-up or PATCH /me', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    const me = await signedInAs(server(), person)
    const payloads = [
      { roles: ['admin'] },
      { role: 'admin' },
      { is_admin: 1 },
      { status: 'active' },
      { id: 'x' },
    ]
    for (const payload of payloads) {
      const [key = ''] = Object.keys(payload)
      const fresh = { email: `mass-${key}@example.org`, password: person.password, ...payload }
      assertFieldRefused(await signUp(client, fresh), `/${key}`, 'unknown_key')
      assertFieldRefused(await me.call('PATCH', '/me', payload), `/${key}`, 'unknown_key')
    }
    const proto = { raw: '{"full_name":"x","__proto__":{"roles":["admin"]}}', bearer: me.token }
    await client.send('PATCH', '/api/v1/me', { ...proto, headers: { 'content-type': 'application/json' } })
    assert.deepEqual((await me.call('GET', '/me')).body.roles, ['default_user'])
  })

  test('another site cannot make administrative calls with the cookies of an admin', async () => {
    const { url, world } = server()
    const browser = browserAt(url)
    const admin = await personWithRoles(world, ['admin'])
    await signedIn(browser, admin)
    const { id } = await signedUp(clientAt(url))
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    for (const { method, path } of callsAt(id).filter((call) => call.method !== 'GET')) {
      assertRefused(await browser.send(method, path, { headers }), 'cross_site')
    }
    const same = { headers: { 'sec-fetch-site': 'same-origin' } }
    assert.equal((await browser.send('PUT', `/api/v1/users/${id}/roles/guest`, same)).status, 204)
  })

  test('a user who is granted the role admin can make administrative calls after a refresh', async () => {
    const admin = await newAdministrator(server())
    const person = await signedUp(admin.client)
    const before = await signedInAs(server(), person)
    assertRefused(await before.call('GET', '/users'), 'forbidden')
    assert.equal((await admin.call('PUT', `/users/${person.id}/roles/admin`)).status, 204)
    assertRefused(await before.call('GET', '/users'), 'not_signed_in')
    const { access_token } = await refreshed(admin.client, before.refreshToken)
    assert.equal((await admin.client.get('/api/v1/users', { bearer: access_token })).status, 200)
  })
})
