import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addUser } from '#src/administration/add-user.ts'
import { bySystem } from '#src/audit/by.ts'
import { disable } from '#src/sessions/disable.ts'
import { removeWithTokens } from '#src/sessions/remove-user.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world.ts'
import { onEveryStage, type Stage } from '#test/races/stage.ts'
import { accepts, atOnce, password, send, signIn, tally } from '#test/support/auth-calls.ts'

const emails = ['ada@example.org', 'grace@example.org'] as const

onEveryStage('two administrators at once', (setUp) => {
  const acts = {
    disable: async (world: World, id: string) =>
      (await disable(world, { userId: id, by: bySystem })).disabled,
    delete: async (world: World, id: string) =>
      (await removeWithTokens(world, { userId: id, by: bySystem })).removed,
  }
  for (const [one, other] of [
    ['disable', 'disable'],
    ['delete', 'delete'],
    ['disable', 'delete'],
  ] as const) {
    test(`who ${one} and ${other} each other leave one`, async () => {
      const stage = await setUp()
      for (let round = 1; round <= 3; round++) {
        const [ada, grace] = await twoAdmins(stage)
        const [world, beside = world] = stage.worlds
        assert.ok(world && beside)
        const outcomes = await Promise.all([acts[one](world, grace), acts[other](beside, ada)])
        assert.equal(outcomes.filter((outcome) => outcome === 'last_admin').length, 1, outcomes.join())
        assert.equal(await activeAdmins(world), 1)
        await world.db.query(sql`delete from users`)
      }
    })
  }

  test('who delete themselves leave one, still signed in', async () => {
    const stage = await setUp()
    await twoAdmins(stage)
    const pairs = await atOnce(2, (index) => signIn(stage.nodeFor(index), emails[index] ?? ''))
    const answers = await atOnce(2, (index) =>
      send('DELETE', `${stage.nodeFor(index)}/api/v1/me`, { token: pairs[index]?.access, body: {} }),
    )
    assert.deepEqual(tally(answers), { '204': 1, '409 last_admin': 1 })
    assert.equal(await activeAdmins(stage.world), 1)
    for (const [index, { status }] of answers.entries()) {
      for (const node of stage.nodes) {
        assert.equal(await accepts(node, pairs[index]?.access ?? ''), status === 409)
      }
    }
  })

  test('of three who are disabled at once leave one', async () => {
    const stage = await setUp()
    const ids = [...(await twoAdmins(stage)), await makeAdmin(stage.world, 'hopper@example.org')]
    const outcomes = await atOnce(
      3,
      async (index) =>
        (
          await disable(stage.worlds[index % stage.worlds.length] ?? stage.world, {
            userId: ids[index] ?? '',
            by: bySystem,
          })
        ).disabled,
    )
    assert.deepEqual(outcomes.sort(), ['disabled', 'disabled', 'last_admin'])
    assert.equal(await activeAdmins(stage.world), 1)
  })
})

async function twoAdmins({ world }: Stage): Promise<[string, string]> {
  return [await makeAdmin(world, emails[0]), await makeAdmin(world, emails[1])]
}

async function makeAdmin(world: World, email: string): Promise<string> {
  const whoever = { username: undefined, fullName: undefined, address: '127.0.0.1', by: bySystem }
  return (await addUser(world, { email, password, roles: ['admin'], ...whoever })).id
}

async function activeAdmins({ db }: World): Promise<number> {
  const [row] = await db.query(sql`select count(*) as admins from user_roles
    join users on users.id = user_roles.user_id where role = 'admin' and state = 'active'`)
  return Number(row?.admins)
}
