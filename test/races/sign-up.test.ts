import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addUser } from '#src/accounts/add.ts'
import { bySystem } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { onEveryStage } from '#test/races/stage.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { goodPassword, newEmail, signedIn, signedUp, signUp } from '#test/support/people.ts'

const ada = { email: 'ada@example.org', password: goodPassword }

onEveryStage('concurrent sign-ups', (setUp) => {
  test('twenty concurrent sign-ups with one email, in any spelling, create one user', async () => {
    const stage = await setUp()
    const spellings = [ada.email, 'Ada@Example.org', ' ADA@example.ORG ']
    const answers = await atOnce(20, (index) =>
      signUp(stage.nodeFor(index), { ...ada, email: spellings[index % 3] }),
    )
    assert.deepEqual(tally(answers), { '201': 1, '409 already_registered': 19 })
    assert.deepEqual(await usersIn(stage.world), [{ email: ada.email, roles: 'default_user' }])
    await signedIn(stage.nodeFor(1), ada)
  })

  test('twenty sign-ups at once with one username, in any case, create one user', async () => {
    const stage = await setUp()
    const answers = await atOnce(20, (index) =>
      signUp(stage.nodeFor(index), {
        email: newEmail(),
        password: goodPassword,
        username: index % 2 === 0 ? 'ada' : 'Ada',
      }),
    )
    assert.deepEqual(tally(answers), { '201': 1, '409 username_taken': 19 })
    assert.equal((await usersIn(stage.world)).length, 1)
    await signedIn(stage.nodeFor(1), { login: 'ADA', password: goodPassword })
  })

  test('twenty sign-ups at once of twenty people create twenty users', async () => {
    const stage = await setUp()
    const answers = await atOnce(20, (index) =>
      signUp(stage.nodeFor(index), { ...ada, email: newEmail(), username: `ada${index}` }),
    )
    assert.deepEqual(tally(answers), { '201': 20 })
    const users = await usersIn(stage.world)
    assert.deepEqual(new Set(users.map(({ roles }) => roles)), new Set(['default_user']))
    assert.equal(users.length, 20)
  })

  test('twenty attempts at once to add one administrator create one', async () => {
    const { world, worlds } = await setUp()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => makeAdmin(worlds[index % worlds.length] ?? world)),
    )
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    const rejected = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    assert.ok(rejected.every((error) => error instanceof AppError && error.code === 'already_registered'))
    assert.deepEqual(await usersIn(world), [{ email: ada.email, roles: 'admin,default_user' }])
  })
})

onEveryStage('concurrent username changes', (setUp) => {
  test('twenty changes at once to one username: one user gets it', async () => {
    const stage = await setUp()
    const people = await atOnce(4, async (index) => {
      const person = await signedUp(stage.nodeFor(index))
      return atOnce(5, () => signedIn(stage.nodeFor(index), person))
    })
    // Five calls are by the same user, for whom the name does not conflict.
    const answers = await atOnce(20, (index) =>
      stage
        .nodeFor(index)
        .patch(
          '/api/v1/me',
          { username: 'ada' },
          { bearer: people[index % 4]?.[Math.floor(index / 4)]?.access_token ?? '' },
        ),
    )
    const winners = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.id))
    assert.equal(winners.size, 1)
    const { '200': changed, '409 username_taken': taken, '401 not_signed_in': overtaken } = tally(answers)
    assert.equal((changed ?? 0) + (taken ?? 0) + (overtaken ?? 0), 20, JSON.stringify(tally(answers)))
    assert.ok((taken ?? 0) >= 15)
  })
})

function makeAdmin(world: World) {
  const roles = ['default_user', 'admin']
  const profile = { username: undefined, fullName: undefined, address: '127.0.0.1', by: bySystem }
  return addUser(world, { ...ada, roles, ...profile })
}

async function usersIn({ db }: World) {
  return db.query(sql`select email, (select string_agg(role, ',' order by role) from user_roles
    where user_id = users.id) as roles from users`)
}
