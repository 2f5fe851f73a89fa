import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { bySystem } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { onEveryStage, type Stage } from '#test/races/stage.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { isAccepted, type Person, personWithRoles, signedIn } from '#test/support/people.ts'

onEveryStage('the last admin', (setUp) => {
  const actions = {
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
    test(`two admins who ${one} and ${other} each other at once: one remains`, async () => {
      const stage = await setUp()
      for (let round = 1; round <= 3; round++) {
        const [ada, grace] = await twoAdmins(stage)
        const [world, second = world] = stage.worlds
        assert.ok(world && second)
        const outcomes = await Promise.all([actions[one](world, grace.id), actions[other](second, ada.id)])
        assert.equal(outcomes.filter((outcome) => outcome === 'last_admin').length, 1, outcomes.join())
        assert.equal(await activeAdmins(world), 1)
        await world.db.query(sql`delete from users`)
      }
    })
  }

  test('two admins deleting themselves at once: one remains, still signed in', async () => {
    const stage = await setUp()
    const admins = await twoAdmins(stage)
    const signingIn = admins.map((admin, index) => signedIn(stage.nodeFor(index), admin))
    const tokens = (await Promise.all(signingIn)).map(({ access_token }) => access_token)
    const answers = await atOnce(2, (index) =>
      stage.nodeFor(index).delete('/api/v1/me', { bearer: tokens[index] ?? '', json: {} }),
    )
    assert.deepEqual(tally(answers), { '204': 1, '409 last_admin': 1 })
    assert.equal(await activeAdmins(stage.world), 1)
    for (const [index, { status }] of answers.entries()) {
      for (const node of stage.nodes) {
        assert.equal(await isAccepted(node, tokens[index] ?? ''), status === 409)
      }
    }
  })

  test('three admins disabled at once: one remains', async () => {
    const stage = await setUp()
    const admins = [...(await twoAdmins(stage)), await personWithRoles(stage.world, ['admin'])]
    const outcomes = await atOnce(
      3,
      async (index) =>
        (
          await disable(stage.worlds[index % stage.worlds.length] ?? stage.world, {
            userId: admins[index]?.id ?? '',
            by: bySystem,
          })
        ).disabled,
    )
    assert.deepEqual(outcomes.sort(), ['disabled', 'disabled', 'last_admin'])
    assert.equal(await activeAdmins(stage.world), 1)
  })
})

async function twoAdmins({ world }: Stage): Promise<[Person, Person]> {
  return [await personWithRoles(world, ['admin']), await personWithRoles(world, ['admin'])]
}

async function activeAdmins({ db }: World): Promise<number> {
  const [row] = await db.query(sql`select count(*) as admins from user_roles
    join users on users.id = user_roles.user_id where role = 'admin' and state = 'active'`)
  return Number(row?.admins)
}
