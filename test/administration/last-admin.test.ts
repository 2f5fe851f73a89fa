import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listUsers } from '#src/users/list.ts'
import type { World } from '#src/world/world.ts'
import { type Administrator, newAdministrator, signedInAs } from '#test/administration/administrator.ts'
import type { Reply } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { personWithRoles } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const acts = {
  demote: (by: Administrator, id: string) => by.call('DELETE', `/users/${id}/roles/admin`),
  disable: (by: Administrator, id: string) => by.call('POST', `/users/${id}/disable`),
  delete: (by: Administrator, id: string) => by.call('DELETE', `/users/${id}`),
}

type Act = keyof typeof acts
const everyAct = Object.keys(acts) as Act[]

onBothEngines('the last administrator', (engine) => {
  test('the last active admin cannot be demoted, disabled or deleted until there is another', async () => {
    const server = await startServer(engine)
    const admin = await newAdministrator(server)
    for (const act of everyAct) assertRefused(await acts[act](admin, admin.person.id), 'last_admin')
    // A disabled admin does not count.
    const idle = await personWithRoles(server.world, ['admin'])
    assert.equal((await acts.disable(admin, idle.id)).status, 200)
    for (const act of everyAct) assertRefused(await acts[act](admin, admin.person.id), 'last_admin')
    assert.deepEqual(await activeAdmins(server.world), [admin.person.id])
    assert.equal((await admin.call('POST', `/users/${idle.id}/enable`)).status, 200)
    assert.equal((await acts.demote(admin, admin.person.id)).status, 204)
    assert.deepEqual(await activeAdmins(server.world), [idle.id])
    assertRefused(await admin.call('GET', '/users'), 'not_signed_in')
  })

  test('the last admin can lose other roles, and other users can be deleted', async () => {
    const server = await startServer(engine)
    const admin = await newAdministrator(server)
    assert.equal((await admin.call('DELETE', `/users/${admin.person.id}/roles/default_user`)).status, 204)
    const after = await signedInAs(server, admin.person)
    for (const act of everyAct) {
      const { id } = await personWithRoles(server.world, ['default_user'])
      assert.ok((await acts[act](after, id)).status < 300)
    }
  })
})

onBothEngines('two administrators at once', (engine) => {
  for (const one of everyAct) {
    for (const other of everyAct) {
      test(`two admins who ${one} and ${other} each other at once: one remains`, async () => {
        const server = await startServer(engine)
        const [ada, grace] = [await newAdministrator(server), await newAdministrator(server)]
        const replies = await Promise.all([
          acts[one](ada, grace.person.id),
          acts[other](grace, ada.person.id),
        ])
        // The slower call fails at its guard if its token is revoked by then, otherwise as the last admin.
        assert.deepEqual(replies.filter(succeeded).length, 1, replies.map(({ text }) => text).join('\n'))
        const [rejected] = replies.filter((reply) => !succeeded(reply))
        assert.ok(rejected && ['last_admin', 'not_signed_in'].includes(rejected.body.code), rejected?.text)
        const winner = replies[0] && succeeded(replies[0]) ? ada : grace
        assert.deepEqual(await activeAdmins(server.world), [winner.person.id])
        assert.equal((await winner.call('GET', '/users')).status, 200)
      })
    }
  }
})

onBothEngines('twenty administrators at once', (engine) => {
  test('twenty admins who remove each other at once: at least one remains', async () => {
    const { server, admins } = await twenty(engine)
    const replies = await Promise.all(
      admins.map((admin, index) => {
        const act = everyAct[index % everyAct.length] ?? 'demote'
        return acts[act](admin, admins[(index + 1) % admins.length]?.person.id ?? '')
      }),
    )
    for (const reply of replies.filter((one) => !succeeded(one))) {
      assert.ok(['last_admin', 'not_signed_in'].includes(reply.body.code), reply.text)
    }
    const remaining = await activeAdmins(server.world)
    assert.equal(remaining.length, admins.length - replies.filter(succeeded).length)
    assert.ok(remaining.length >= 1)
  })

  test('one admin who demotes twenty admins, including themselves: at least one remains', async () => {
    const { server, admins } = await twenty(engine)
    const [first] = admins
    assert.ok(first)
    const replies = await Promise.all(admins.map(({ person }) => acts.demote(first, person.id)))
    const remaining = await activeAdmins(server.world)
    assert.equal(remaining.length, admins.length - replies.filter(succeeded).length)
    assert.ok(remaining.length >= 1)
  })
})

async function twenty(engine: Engine): Promise<{ server: TestServer; admins: Administrator[] }> {
  const server = await startServer(engine)
  const admins: Administrator[] = []
  for (let number = 0; number < 20; number++) admins.push(await newAdministrator(server))
  return { server, admins }
}

function succeeded({ status }: Reply): boolean {
  return status < 300
}

async function activeAdmins({ db }: World): Promise<string[]> {
  const wish = { q: undefined, state: 'active', role: 'admin', sort: 'email', after: undefined } as const
  return (await listUsers(db.query, { ...wish, limit: 100 })).map(({ id }) => id)
}
