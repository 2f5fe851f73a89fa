import assert from 'node:assert/strict'
import { test } from 'node:test'
import { administered } from '#test/administration/administrator.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { newEmail } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'

let count = 0

onBothEngines('the names of roles', (engine) => {
  const { admin, anybody } = administered(engine)

  test('the role names of a user have at most 1,024 characters in total', async () => {
    const { person } = await anybody()
    const names = await atOnce(17, async () => {
      const name = `role_${++count}_`.padEnd(63, 'x')
      assert.equal((await admin.call('POST', '/roles', { name })).status, 201)
      return name
    })
    const grant = (role: string) => admin.call('PUT', `/users/${person.id}/roles/${role}`)
    for (const name of names.slice(0, 16)) assert.equal((await grant(name)).status, 204)
    assertRefused(await grant(names[16] ?? ''), 'too_many_roles')
    const created = await admin.call('POST', '/users', { email: newEmail(), roles: names })
    assertRefused(created, 'too_many_roles')
  })
})
