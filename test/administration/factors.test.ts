import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newAdministrator } from '#test/administration/administrator.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, refreshed, sessionIn, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { codeAt, enrolled } from '#test/support/totp.ts'

onBothEngines('second factors of users', (engine) => {
  test('an administrator lists and removes the second factors of a user', async () => {
    const clock = testClock()
    const server = await serveTestWorld(engine, { clock })
    const admin = await newAdministrator(server)
    const client = clientAt(server.url)
    const { person } = await enrolled(client, clock)
    const path = `/users/${person.id}/factors`
    const { body, text } = await admin.call('GET', path)
    assert.deepEqual([body.data[0]?.id, body.recovery_codes_left], ['totp', 10])
    assert.doesNotMatch(text, /secret|sealed/)
    assertRefused(await admin.call('DELETE', `${path}/recovery_code`), 'not_found')
    assertRefused(await admin.call('DELETE', `${path}/constructor`), 'not_found')
    assert.equal((await admin.call('DELETE', `${path}/totp`)).status, 204)
    assertRefused(await admin.call('DELETE', `${path}/totp`), 'not_found')
    assertRefused(await admin.call('GET', '/users/nobody/factors'), 'not_found')
    sessionIn(await signIn(client, person))
    const { data } = (await admin.call('GET', '/audit?event=factor.removed')).body
    assert.equal(data.length, 1)
  })

  test('only an administrator lists or removes the second factors of a user', async () => {
    const clock = testClock()
    const server = await serveTestWorld(engine, { clock })
    const client = clientAt(server.url)
    const { person } = await enrolled(client, clock)
    const { session } = await arrived(client)
    const path = `/api/v1/users/${person.id}/factors`
    assertRefused(await client.get(path, { bearer: session.access_token }), 'forbidden')
    assertRefused(await client.delete(`${path}/totp`, { bearer: session.access_token }), 'forbidden')
    assert.equal((await signIn(client, person)).body.mfa_required, true)
  })
})

onBothEngines('changes by administrators', (engine) => {
  test('an administrator needs a recent proof for changes, but not for reading', async () => {
    const clock = testClock()
    const server = await serveTestWorld(engine, { clock })
    const admin = await newAdministrator(server)
    const { client } = admin
    clock.forward(11 * 60_000)
    const { access_token: bearer } = await refreshed(client, admin.refreshToken)
    const role = { name: 'editor', description: '' }
    const refused = await client.post('/api/v1/roles', role, { bearer })
    assertRefused(refused, 'step_up_required')
    assert.deepEqual(refused.body.methods, ['password'])
    assert.equal((await client.get('/api/v1/users', { bearer })).status, 200)
    const { person } = admin
    const proof = { method: 'password', password: person.password }
    const stepped = sessionIn(await client.post('/api/v1/me/step_up', proof, { bearer }))
    const created = await client.post('/api/v1/roles', role, { bearer: stepped.access_token })
    assert.equal(created.status, 201)
  })

  test('an administrator with a second factor needs a recent proof of it for changes', async () => {
    const clock = testClock()
    const server = await serveTestWorld(engine, { clock })
    const { person, refreshToken, client, token } = await newAdministrator(server)
    const begun = await client.post('/api/v1/me/totp', {}, { bearer: token })
    const { secret } = begun.body
    const first = { code: codeAt(secret, clock.now()) }
    assert.equal((await client.post('/api/v1/me/totp/confirm', first, { bearer: token })).status, 200)
    const role = { name: 'editor', description: '' }
    clock.forward(11 * 60_000)
    const { access_token: bearer } = await refreshed(client, refreshToken)
    const refused = await client.post('/api/v1/roles', role, { bearer })
    assertRefused(refused, 'step_up_required')
    assert.deepEqual(refused.body.methods, ['totp', 'recovery_code'])
    const proof = { method: 'totp', code: codeAt(secret, clock.now()) }
    const stepped = sessionIn(await client.post('/api/v1/me/step_up', proof, { bearer }))
    const created = await client.post('/api/v1/roles', role, { bearer: stepped.access_token })
    assert.equal(created.status, 201)
    assert.equal((await signIn(client, person)).body.mfa_required, true)
  })
})
