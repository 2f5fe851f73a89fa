import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capturedLog } from '#test/support/captured-log.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived } from '#test/support/people.ts'
import { assertFieldRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

onBothEngines('forward-auth queries', (engine) => {
  const server = serverForSuite(engine)

  test('forward-auth rejects every query parameter except role, and suggests it', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const unknown = {
      '?roles=default_user': 'roles',
      '?role[]=default_user': 'role[]',
      '?role%5B%5D=default_user': 'role[]',
      '?Role=default_user': 'Role',
      '?role=default_user&rol=admin': 'rol',
      '?role =default_user': 'role ',
      '??role=default_user': '?role',
      '?&=default_user': '',
      '?__proto__=default_user': '__proto__',
      '?constructor': 'constructor',
      '#roles=default_user': 'roles',
      '#?role=default_user': '?role',
    }
    for (const sent of [{ bearer: session.access_token }, {}]) {
      for (const method of ['GET', 'HEAD']) {
        for (const [query, key] of Object.entries(unknown)) {
          const reply = await client.send(method, `/api/v1/auth/verify${query.replace(' ', '%20')}`, sent)
          assert.equal(reply.status, 400, query)
          if (method === 'HEAD') continue
          assertFieldRefused(reply, `/${key}`, 'unknown_key')
          assert.match(reply.body.errors[0]?.detail ?? '', /Did you mean `?role`?\?/)
        }
      }
    }
  })
})

onBothEngines('forward-auth roles', (engine) => {
  const server = serverForSuite(engine)

  test('forward-auth rejects names that are not valid role names', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const long = 'a'.repeat(64)
    const encoded = ['default%20user', '%00', '%ff', '%C3%A4']
    const names = ['', 'Default_user', '1st', 'admin,guest', 'admin/', long, ...encoded]
    for (const name of names) {
      for (const sent of [{ bearer: session.access_token }, {}]) {
        const one = await client.get(`/api/v1/auth/verify?role=${name}`, sent)
        assertFieldRefused(one, '/role', 'invalid_format')
        const also = await client.get(`/api/v1/auth/verify?role=default_user&role=${name}`, sent)
        assertFieldRefused(also, '/role/1', 'invalid_format')
      }
    }
    for (const nothing of ['?', '?&', '#']) {
      const { status } = await client.get(`/api/v1/auth/verify${nothing}`, { bearer: session.access_token })
      assert.equal(status, 204, nothing)
    }
  })

  test('ext_authz and POST /verify reject the role parameter', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const good = { bearer: session.access_token }
    for (const sent of [good, {}]) {
      for (const method of ['GET', 'POST', 'DELETE', 'PROPFIND']) {
        const reply = await client.send(method, '/ext_authz?role=admin/app/people', sent)
        assertFieldRefused(reply, '/role', 'unknown_key')
      }
      const posted = await client.send('POST', '/api/v1/auth/verify?role=admin', sent)
      assertFieldRefused(posted, '/role', 'unknown_key')
    }
    // With a path, the query belongs to the page.
    for (const query of ['?role=admin', '?roles=x', '?role=', '?%00']) {
      assert.equal((await client.get(`/ext_authz/${query}`, good)).status, 200)
      assert.equal((await client.get(`/ext_authz/people${query}`, good)).status, 200)
    }
  })
})

onBothEngines('operators of forward-auth', (engine) => {
  const server = serverForSuite(engine)

  test('the OpenAPI document describes the role parameter', async () => {
    const { text } = await clientAt(server().url).get('/openapi.json')
    const { get } = JSON.parse(text).paths['/api/v1/auth/verify']
    assert.deepEqual(
      get.parameters.map(({ name }: { name: string }) => name),
      ['role'],
    )
    assert.match(get.parameters[0].description, /Other parameters are rejected/)
    assert.equal(get.parameters[0].schema.anyOf[0].pattern, '^[a-z][a-z0-9_-]{0,62}$')
    assert.match(get.responses['400'].$ref, /invalid_request/)
  })

  test('an invalid role parameter is logged once a minute at most', async () => {
    const { log, lines } = capturedLog('warn')
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock, log })
    const client = clientAt(url)
    const ask = async () => {
      for (let times = 0; times < 20; times++) await client.get('/api/v1/auth/verify?roles=admin')
      await client.get('/ext_authz?role=admin/app/')
      await client.get('/api/v1/auth/verify?role=admin')
    }
    await ask()
    const logged = lines.filter(({ msg }) => String(msg).startsWith('Forward-auth rejected'))
    assert.equal(logged.length, 1)
    assert.match(JSON.stringify(logged), /"pointer":"\/roles".*Did you mean `?role`?\?/)
    clock.forward(60_000)
    await ask()
    assert.equal(lines.length, 2)
  })

  test('an invalid query lists at most 20 errors, including in the log', async () => {
    const { log, lines } = capturedLog('warn')
    const { url } = await serveTestWorld(engine, { clock: testClock(), log })
    const names = Array.from({ length: 1000 }, (_, number) => `r${number}`)
    for (const query of [names.join('&'), `role=${names.map((name) => `-${name}`).join('&role=')}`]) {
      const reply = await clientAt(url).get(`/api/v1/auth/verify?${query}`)
      assert.equal(reply.status, 400)
      assert.equal(reply.body.errors.length, 20)
    }
    assert.equal(lines.length, 1)
    assert.ok(JSON.stringify(lines).length < 4000)
  })
})
