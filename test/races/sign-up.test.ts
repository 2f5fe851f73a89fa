import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addUser } from '#src/administration/add-user.ts'
import { bySystem } from '#src/audit/by.ts'
import { Refusal } from '#src/refusals.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world.ts'
import { onEveryStage } from '#test/races/stage.ts'
import { atOnce, password, send, signIn, signUp, tally } from '#test/support/auth-calls.ts'

const email = 'ada@example.org'

onEveryStage('twenty sign-ups at once', (setUp) => {
  test('of one email, in any spelling, make one user', async () => {
    const stage = await setUp()
    const spellings = [email, 'Ada@Example.org', ' ADA@example.ORG ']
    const answers = await atOnce(20, (index) =>
      signUp(stage.nodeFor(index), { email: spellings[index % 3] ?? email }),
    )
    assert.deepEqual(tally(answers), { '201': 1, '409 already_registered': 19 })
    assert.deepEqual(await usersIn(stage.world), [{ email, roles: 'default_user' }])
    await signIn(stage.nodeFor(1), email)
  })

  test('of one username, in any case, make one user', async () => {
    const stage = await setUp()
    const answers = await atOnce(20, (index) =>
      signUp(stage.nodeFor(index), {
        email: `ada${index}@example.org`,
        username: index % 2 === 0 ? 'ada' : 'Ada',
      }),
    )
    assert.deepEqual(tally(answers), { '201': 1, '409 username_taken': 19 })
    assert.equal((await usersIn(stage.world)).length, 1)
    await signIn(stage.nodeFor(1), 'ADA')
  })

  test('of twenty people make twenty users', async () => {
    const stage = await setUp()
    const answers = await atOnce(20, (index) =>
      signUp(stage.nodeFor(index), { email: `ada${index}@example.org`, username: `ada${index}` }),
    )
    assert.deepEqual(tally(answers), { '201': 20 })
    const users = await usersIn(stage.world)
    assert.deepEqual(new Set(users.map(({ roles }) => roles)), new Set(['default_user']))
    assert.equal(users.length, 20)
  })

  test('of one administrator make one', async () => {
    const { world, worlds } = await setUp()
    const made = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => makeAdmin(worlds[index % worlds.length] ?? world)),
    )
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
    const refused = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    assert.ok(refused.every((no) => no instanceof Refusal && no.code === 'already_registered'))
    assert.deepEqual(await usersIn(world), [{ email, roles: 'admin,default_user' }])
  })
})

onEveryStage('twenty new names at once', (setUp) => {
  test('that are the same one go to one user', async () => {
    const stage = await setUp()
    const people = await atOnce(4, async (index) => {
      await signUp(stage.nodeFor(index), { email: `ada${index}@example.org` })
      return atOnce(5, () => signIn(stage.nodeFor(index), `ada${index}@example.org`))
    })
    // The five of one user are the same wish; a name that is mine already is no conflict.
    const answers = await atOnce(20, (index) =>
      send('PATCH', `${stage.nodeFor(index)}/api/v1/me`, {
        token: people[index % 4]?.[Math.floor(index / 4)]?.access,
        body: { username: 'ada' },
      }),
    )
    const winners = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.id))
    assert.equal(winners.size, 1)
    const { '200': given, '409 username_taken': taken, '401 not_signed_in': overtaken } = tally(answers)
    assert.equal((given ?? 0) + (taken ?? 0) + (overtaken ?? 0), 20, JSON.stringify(tally(answers)))
    assert.ok((taken ?? 0) >= 15)
  })
})

function makeAdmin(world: World) {
  const roles = ['default_user', 'admin']
  const whoever = { username: undefined, fullName: undefined, address: '127.0.0.1', by: bySystem }
  return addUser(world, { email, password, roles, ...whoever })
}

async function usersIn({ db }: World) {
  return db.query(sql`select email, (select string_agg(role, ',' order by role) from user_roles
    where user_id = users.id) as roles from users`)
}
