import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertDead, sessionRow, timesRevoked } from '#test/races/judge.ts'
import { onEveryStage } from '#test/races/stage.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import type { Client } from '#test/support/client.ts'
import {
  goodPassword,
  isAccepted,
  logOut,
  refresh,
  refreshed,
  sessionIn,
  signedIn,
  signedUp,
} from '#test/support/people.ts'
import type { WireSession } from '#test/support/wire-body.ts'

const ada = { email: 'ada@example.org', password: goodPassword }

onEveryStage('concurrent refreshes', (setUp) => {
  test('twenty refreshes of one token rotate it once and all return the same successor', async () => {
    const stage = await setUp()
    await signedUp(stage.nodeFor(0), ada)
    const first = await signedIn(stage.nodeFor(0), ada)
    let leaf = first.refresh_token
    for (let round = 1; round <= 5; round++) {
      const answers = await atOnce(20, (index) => refresh(stage.nodeFor(index), leaf))
      assert.deepEqual(tally(answers), { '200': 20 })
      const [successor, ...others] = new Set(answers.map((answer) => sessionIn(answer).refresh_token))
      assert.deepEqual(others, [], 'a second live successor')
      assert.ok(successor !== undefined && successor !== leaf)
      assert.equal((await sessionRow(stage.world, first.session_id))?.counter, round)
      leaf = successor
    }
  })

  test('twenty concurrent refreshes of an old token end the session once', async () => {
    const stage = await setUp()
    await signedUp(stage.nodeFor(0), ada)
    const first = await signedIn(stage.nodeFor(0), ada)
    const second = await refreshed(stage.nodeFor(1), first.refresh_token)
    const third = await refreshed(stage.nodeFor(0), second.refresh_token)
    const answers = await atOnce(20, (index) => refresh(stage.nodeFor(index), first.refresh_token))
    assert.deepEqual(tally(answers), { '401 refresh_token_reused': 20 })
    assert.equal((await sessionRow(stage.world, first.session_id))?.ended, 'refresh_token_reused')
    assert.equal(await timesRevoked(stage.world, first.session_id), 1)
    await assertReused(stage.nodes, first, second, third)
  })
})

onEveryStage('concurrent refreshes without a grace period', (setUp) => {
  test('without a grace period one of twenty refreshes rotates and the others end the session', async () => {
    const stage = await setUp({ SIGIL_REFRESH_GRACE: '0s' })
    await signedUp(stage.nodeFor(0), ada)
    for (let round = 1; round <= 3; round++) {
      const first = await signedIn(stage.nodeFor(round), ada)
      const answers = await atOnce(20, (index) => refresh(stage.nodeFor(index), first.refresh_token))
      const { '401 refresh_token_reused': reused, ...winner } = tally(answers)
      assert.equal(reused, 19)
      // The winner may find the session ended by the others before it returns.
      assert.ok(winner['200'] === 1 || winner['401 refresh_token_revoked'] === 1, JSON.stringify(winner))
      const row = await sessionRow(stage.world, first.session_id)
      assert.deepEqual([row?.counter, row?.ended], [1, 'refresh_token_reused'])
      assert.equal(await timesRevoked(stage.world, first.session_id), 1)
      const issued = answers.filter(({ status }) => status === 200).map(sessionIn)
      await assertReused(stage.nodes, first, ...issued)
    }
  })
})

onEveryStage('refreshes during a logout', (setUp) => {
  test('refreshes during a logout of their session leave no valid token', async () => {
    const stage = await setUp()
    await signedUp(stage.nodeFor(0), ada)
    const revoker = stage.nodeFor(0)
    for (let round = 1; round <= 3; round++) {
      const first = await signedIn(stage.nodeFor(round), ada)
      const [loggedOut, ...answers] = await atOnce(20, (index) =>
        index === 0
          ? logOut(revoker, first.access_token)
          : refresh(stage.nodeFor(index), first.refresh_token),
      )
      assert.equal(loggedOut?.status, 204)
      for (const answer of answers) {
        if (answer.status !== 200) assert.equal(answer.body.code, 'refresh_token_revoked')
        else await assertDead(stage, sessionIn(answer))
      }
      await assertDead(stage, first)
    }
  })

  test('refreshes during a logout of another session all succeed', async () => {
    const stage = await setUp()
    await signedUp(stage.nodeFor(0), ada)
    const [ended, stays] = [await signedIn(stage.nodeFor(0), ada), await signedIn(stage.nodeFor(1), ada)]
    const answers = await atOnce(20, (index) =>
      index === 0
        ? logOut(stage.nodeFor(0), ended.access_token)
        : refresh(stage.nodeFor(index), stays.refresh_token),
    )
    assert.deepEqual(tally(answers), { '200': 19, '204': 1 })
    for (const node of stage.nodes) assert.equal(await isAccepted(node, stays.access_token), true)
  })
})

async function assertReused(nodes: readonly Client[], ...pairs: WireSession[]): Promise<void> {
  for (const node of nodes) {
    for (const { access_token, refresh_token } of pairs) {
      assert.equal(await isAccepted(node, access_token), false)
      assert.deepEqual(tally([await refresh(node, refresh_token)]), { '401 refresh_token_reused': 1 })
    }
  }
}
