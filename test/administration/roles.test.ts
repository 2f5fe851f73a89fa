import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantRole } from '#src/accounts/grant-role.ts'
import { deleteRole } from '#src/administration/delete-role.ts'
import { bySystem } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Administrator, administered } from '#test/administration/administrator.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { builtInRoles, isAccepted, newEmail, refreshed } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'

let count = 0
const newName = () => `role_${++count}`

async function made(admin: Administrator): Promise<string> {
  const reply = await admin.call('POST', '/roles', { name: newName() })
  assert.equal(reply.status, 201, reply.text)
  return reply.body.role.name
}

onBothEngines('creating roles', (engine) => {
  const { admin } = administered(engine)

  test('a role can be created, changed, read and deleted', async () => {
    const name = newName()
    const made = await admin.call('POST', '/roles', { name, description: 'Writes “letters”' })
    assert.equal(made.status, 201)
    assert.equal(made.headers.location, `/api/v1/roles/${name}`)
    const { created_at, ...rest } = { created_at: '', ...made.body.role }
    assert.deepEqual(rest, { name, description: 'Writes “letters”', built_in: false, members: 0 })
    assert.match(created_at, /^\d{4}-.*Z$/)
    const edited = await admin.call('PATCH', `/roles/${name}`, { description: 'Reads' })
    assert.deepEqual([edited.status, edited.body.description], [200, 'Reads'])
    assert.equal((await admin.call('GET', `/roles/${name}`)).body.description, 'Reads')
    assert.equal((await admin.call('DELETE', `/roles/${name}`)).status, 204)
    for (const [method, json] of [['GET'], ['PATCH', { description: '' }], ['DELETE']] as const) {
      assertRefused(await admin.call(method, `/roles/${name}`, json), 'not_found')
    }
  })

  test('a role name must be valid and unique, and cannot be changed', async () => {
    for (const name of [
      '',
      'A',
      '1a',
      '-a',
      'a b',
      'a,b',
      'é',
      'a'.repeat(64),
      'a\n',
      'a\u0000',
      '__proto__',
    ]) {
      assertFieldRefused(await admin.call('POST', '/roles', { name }), '/name')
    }
    const longest = `a${'-'.repeat(62)}`
    assert.equal((await admin.call('POST', '/roles', { name: longest })).status, 201)
    assertRefused(await admin.call('POST', '/roles', { name: longest }), 'role_exists')
    const renamed = await admin.call('PATCH', `/roles/${longest}`, { name: 'b', description: '' })
    assertFieldRefused(renamed, '/name', 'unknown_key')
    const builtIn = await admin.call('POST', '/roles', { name: 'own', built_in: true })
    assertFieldRefused(builtIn, '/built_in', 'unknown_key')
    const wordy = await admin.call('POST', '/roles', { name: newName(), description: 'x'.repeat(501) })
    assertFieldRefused(wordy, '/description')
  })

  test('of twenty calls that create one role at once, one succeeds', async () => {
    const name = newName()
    const replies = await atOnce(20, () => admin.call('POST', '/roles', { name }))
    assert.equal(replies.filter(({ status }) => status === 201).length, 1)
    for (const reply of replies) if (reply.status !== 201) assertRefused(reply, 'role_exists')
  })
})

onBothEngines('reading roles', (engine) => {
  const { admin } = administered(engine)
  const newRole = () => made(admin)

  test('built-in roles cannot be changed or deleted', async () => {
    for (const name of builtInRoles) {
      assertRefused(await admin.call('DELETE', `/roles/${name}`), 'built_in_role')
      assertRefused(await admin.call('PATCH', `/roles/${name}`, { description: 'x' }), 'built_in_role')
      const { built_in, description } = (await admin.call('GET', `/roles/${name}`)).body
      assert.deepEqual([built_in, description === 'x'], [true, false])
    }
  })

  test('roles are listed by name, page by page', async () => {
    const names = new Set([await newRole(), await newRole(), await newRole(), ...builtInRoles])
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body } = await admin.call('GET', `/roles?limit=2${cursor && `&cursor=${cursor}`}`)
      assert.ok(body.data.length <= 2)
      seen.push(...body.data.map(({ name }) => name))
      cursor = body.next_cursor
    }
    assert.equal(new Set(seen).size, seen.length)
    for (const name of names) assert.ok(seen.includes(name), name)
    for (const wrong of ['x', Buffer.from('["email","a","a"]').toString('base64url')]) {
      assertFieldRefused(await admin.call('GET', `/roles?cursor=${wrong}`), '/cursor', 'bad_cursor')
    }
  })
})

onBothEngines('granting roles', (engine) => {
  const { admin, anybody } = administered(engine)
  const newRole = () => made(admin)

  test('a granted or revoked role takes effect at the next request', async () => {
    const role = await newRole()
    const { person, session } = await anybody()
    const at = `/users/${person.id}/roles/${role}`
    const holds = async () => (await admin.call('GET', at)).body.has
    assert.equal(await holds(), false)

    assert.equal((await admin.call('PUT', at)).status, 204)
    assert.equal(await holds(), true)
    assert.equal(await isAccepted(admin.client, session.access_token), false)
    const second = await refreshed(admin.client, session.refresh_token)
    const roles = async (bearer: string) =>
      (await admin.client.post('/api/v1/auth/verify', {}, { bearer })).body.roles
    assert.deepEqual(await roles(second.access_token), ['default_user', role])
    const asked = await admin.client.get(`/api/v1/auth/verify?role=${role}`, { bearer: second.access_token })
    assert.equal(asked.status, 204)

    assert.equal((await admin.call('PUT', at)).status, 204)
    assert.equal(await isAccepted(admin.client, second.access_token), true)

    assert.equal((await admin.call('DELETE', at)).status, 204)
    assert.equal(await holds(), false)
    assert.equal(await isAccepted(admin.client, second.access_token), false)
    const third = await refreshed(admin.client, second.refresh_token)
    assert.deepEqual(await roles(third.access_token), ['default_user'])
    assert.equal((await admin.call('DELETE', at)).status, 204)
    assert.equal(await isAccepted(admin.client, third.access_token), true)
  })

  test('the roles of a user are listed with their descriptions', async () => {
    const { person } = await anybody()
    await admin.call('PUT', `/users/${person.id}/roles/guest`)
    const { body } = await admin.call('GET', `/users/${person.id}/roles`)
    assert.deepEqual(
      body.data.map(({ name, description }) => [name, description !== '']),
      [
        ['default_user', true],
        ['guest', true],
      ],
    )
    assert.match(body.data[0]?.granted_at ?? '', /Z$/)
    assert.equal(body.next_cursor, null)
  })

  test('granting, revoking or checking an unknown role is not found', async () => {
    const { person, session } = await anybody()
    for (const role of ['nobody', "a'b", '%25', '%00', 'Guest', encodeURIComponent('роль')]) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        assertRefused(await admin.call(method, `/users/${person.id}/roles/${role}`), 'not_found')
      }
    }
    assert.equal(await isAccepted(admin.client, session.access_token), true)
  })
})

onBothEngines('deleting roles', (engine) => {
  const { admin, anybody, server } = administered(engine)
  const newRole = () => made(admin)

  test('a role can be deleted only once no user has it', async () => {
    const role = await newRole()
    const { person } = await anybody()
    await admin.call('PUT', `/users/${person.id}/roles/${role}`)
    assertRefused(await admin.call('DELETE', `/roles/${role}`), 'role_in_use')
    assert.equal((await admin.call('GET', `/roles/${role}`)).body.members, 1)
    await admin.call('DELETE', `/users/${person.id}/roles/${role}`)
    assert.equal((await admin.call('DELETE', `/roles/${role}`)).status, 204)
  })

  test('of a concurrent grant and deletion of a role, one succeeds', async () => {
    const { world } = server()
    const { person } = await anybody()
    for (let round = 1; round <= 10; round++) {
      const role = await newRole()
      const acts = [
        () => grantRole(world, { userId: person.id, role, by: bySystem }).then(() => 'granted', codeOf),
        () => deleteRole(world, { name: role, by: bySystem }).then(() => 'deleted', codeOf),
      ]
      if (round % 2 === 0) acts.reverse()
      const ends = (await Promise.all(acts.map((act) => act()))).sort().join(' ')
      const has = await admin.call('GET', `/users/${person.id}/roles/${role}`)
      if (ends === 'granted role_in_use') assert.equal(has.body.has, true)
      else {
        assert.equal(ends, 'deleted not_found')
        assertRefused(has, 'not_found')
      }
      await admin.call('DELETE', `/users/${person.id}/roles/${role}`)
    }
  })

  test('of a concurrent deletion of a role and creation of a user with it, one succeeds', async () => {
    for (let round = 1; round <= 10; round++) {
      const role = await newRole()
      const email = newEmail()
      const [made, deleted] = await Promise.all([
        admin.call('POST', '/users', { email, roles: [role] }),
        admin.call('DELETE', `/roles/${role}`),
      ])
      if (made.status === 201) assertRefused(deleted, 'role_in_use')
      else {
        assert.equal(made.body.errors[0]?.code, 'unknown_role', made.text)
        assert.equal(deleted.status, 204)
      }
    }
  })
})

onBothEngines('the maximum number of roles', (engine) => {
  const { admin, anybody } = administered(engine)
  const newRole = () => made(admin)

  test('a user has at most 32 roles, even after forty concurrent grants', async () => {
    const { person } = await anybody()
    const roles = await atOnce(40, newRole)
    const replies = await Promise.all(
      roles.map((role) => admin.call('PUT', `/users/${person.id}/roles/${role}`)),
    )
    assert.equal(replies.filter(({ status }) => status === 204).length, 31)
    for (const reply of replies) if (reply.status !== 204) assertRefused(reply, 'too_many_roles')
    assert.equal((await admin.call('GET', `/users/${person.id}`)).body.roles.length, 32)
    // Granting a role again does not count.
    assert.equal((await admin.call('PUT', `/users/${person.id}/roles/default_user`)).status, 204)
    await admin.call('DELETE', `/users/${person.id}/roles/default_user`)
    assert.equal((await admin.call('PUT', `/users/${person.id}/roles/default_user`)).status, 204)
  })
})

function codeOf(error: unknown): string {
  if (error instanceof AppError) return error.code
  throw error
}
