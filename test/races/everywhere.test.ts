import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { bySystem } from '#src/audit/by.ts'
import { findByLogin } from '#src/users/find.ts'
import { assertAlive, assertDead, isAlive, liveSessions, timesRevoked } from '#test/races/judge.ts'
import { onEveryStage, type Stage } from '#test/races/stage.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import type { Reply } from '#test/support/client.ts'
import {
  arrived,
  goodPassword,
  logOut,
  logOutEverywhere,
  sessionIn,
  signedIn,
  signedUp,
  signIn,
} from '#test/support/people.ts'

const ada = { email: 'ada@example.org', password: goodPassword }

/** Twelve sign-ins at once. When `answered` of them have returned, an action runs along with the rest. */
async function duringSignIns(stage: Stage, answered: number, action: () => Promise<unknown>) {
  let left = answered
  let acting: Promise<unknown> | undefined
  const answers = await atOnce(12, async (index) => {
    const answer = await signIn(stage.nodeFor(index), ada)
    const cameBefore = acting === undefined
    if (--left <= 0) acting ??= action()
    return { answer, cameBefore }
  })
  await acting
  return answers
}

onEveryStage('logout_all during sign-ins', (setUp) => {
  for (const answered of [1, 5, 9]) {
    test(`logout_all after ${answered} sign-ins: each session is completely live or ended`, async () => {
      const stage = await setUp()
      const revoker = stage.nodeFor(0)
      await signedUp(revoker, ada)
      const caller = await signedIn(revoker, ada)
      let loggedOut: Reply | undefined
      const answers = await duringSignIns(stage, answered, async () => {
        loggedOut = await logOutEverywhere(revoker, caller.access_token)
      })
      assert.equal(loggedOut?.status, 200)
      let alive = 0
      for (const { answer, cameBefore } of answers) {
        // Each sign-in succeeds, because one whose user changed starts over.
        const lives = await isAlive(stage, sessionIn(answer))
        if (cameBefore) assert.equal(lives, false, 'a sign-in that returned before the logout began is ended')
        if (lives) alive++
      }
      await assertDead(stage, caller)
      assert.equal(await liveSessions(stage.world, ada.email), alive)
      await assertAlive(stage, await signedIn(stage.nodeFor(1), ada))
    })
  }

  test('twenty logout_all calls at once end every session', async () => {
    const stage = await setUp()
    await signedUp(stage.nodeFor(0), ada)
    const pairs = await atOnce(4, (index) => signedIn(stage.nodeFor(index), ada))
    const [first] = pairs
    assert.ok(first)
    const answers = await atOnce(20, (index) => logOutEverywhere(stage.nodeFor(index), first.access_token))
    const { '200': done, '401 not_signed_in': late, ...others } = tally(answers)
    assert.deepEqual(others, {})
    assert.ok((done ?? 0) >= 1 && (done ?? 0) + (late ?? 0) === 20)
    assert.equal(await liveSessions(stage.world, ada.email), 0)
    for (const pair of pairs) await assertDead(stage, pair)
  })
})

onEveryStage('concurrent logouts', (setUp) => {
  test('twenty logouts of one session at once all succeed and revoke it once', async () => {
    const stage = await setUp()
    await signedUp(stage.nodeFor(0), ada)
    const ended = await signedIn(stage.nodeFor(0), ada)
    const stays = await signedIn(stage.nodeFor(1), ada)
    const answers = await atOnce(20, (index) => logOut(stage.nodeFor(index), ended.access_token))
    assert.deepEqual(tally(answers), { '204': 20 })
    assert.equal(await timesRevoked(stage.world, ended.session_id), 1)
    await assertDead(stage, ended)
    await assertAlive(stage, stays)
  })
})

onEveryStage('disabling a user during sign-ins', (setUp) => {
  for (const answered of [1, 5, 9]) {
    test(`disabling a user after ${answered} sign-ins leaves no live session`, async () => {
      const stage = await setUp()
      const revoker = stage.nodeFor(0)
      await signedUp(revoker, ada)
      const caller = await signedIn(revoker, ada)
      const { session: bystander } = await arrived(revoker)
      const user = await findByLogin(stage.world.db.query, ada.email)
      const answers = await duringSignIns(stage, answered, async () => {
        const { disabled, propagated } = await disable(stage.world, { userId: user?.id ?? '', by: bySystem })
        assert.equal(disabled, 'disabled')
        await propagated
      })
      const { '200': accepted, '401 wrong_credentials': rejected } = tally(
        answers.map(({ answer }) => answer),
      )
      assert.equal((accepted ?? 0) + (rejected ?? 0), 12)
      assert.ok((accepted ?? 0) >= answered)
      assert.equal(await liveSessions(stage.world, ada.email), 0)
      for (const { answer } of answers) {
        if (answer.status === 200) await assertDead(stage, sessionIn(answer))
      }
      await assertDead(stage, caller)
      for (const node of stage.nodes) assert.equal((await signIn(node, ada)).status, 401)
      await assertAlive(stage, bystander)
    })
  }
})
