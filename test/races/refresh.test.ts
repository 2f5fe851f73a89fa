import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertDead, sessionRow, timesRevoked } from '#test/races/judge.ts'
import { onEveryStage } from '#test/races/stage.ts'
import {
  accepts,
  atOnce,
  logOut,
  type Pair,
  pairIn,
  refresh,
  signIn,
  signUp,
  tally,
  tryRefresh,
} from '#test/support/auth-calls.ts'

const email = 'ada@example.org'

onEveryStage('twenty refreshes of one token', (setUp) => {
  test('rotate it once and all get the same successor', async () => {
    const stage = await setUp()
    await signUp(stage.nodeFor(0), { email })
    const first = await signIn(stage.nodeFor(0), email)
    let leaf = first.refresh
    for (let round = 1; round <= 5; round++) {
      const answers = await atOnce(20, (index) => tryRefresh(stage.nodeFor(index), leaf))
      assert.deepEqual(tally(answers), { '200': 20 })
      const [successor, ...others] = new Set(answers.map((answer) => pairIn(answer).refresh))
      assert.deepEqual(others, [], 'a second live leaf')
      assert.ok(successor !== undefined && successor !== leaf)
      assert.equal((await sessionRow(stage.world, first.sessionId))?.counter, round)
      leaf = successor
    }
  })

  test('end the session when the token is older than the last', async () => {
    const stage = await setUp()
    await signUp(stage.nodeFor(0), { email })
    const first = await signIn(stage.nodeFor(0), email)
    const second = await refresh(stage.nodeFor(1), first.refresh)
    const third = await refresh(stage.nodeFor(0), second.refresh)
    const answers = await atOnce(20, (index) => tryRefresh(stage.nodeFor(index), first.refresh))
    assert.deepEqual(tally(answers), { '401 refresh_token_reused': 20 })
    assert.equal((await sessionRow(stage.world, first.sessionId))?.ended, 'refresh_token_reused')
    assert.equal(await timesRevoked(stage.world, first.sessionId), 1)
    await assertReused(stage.nodes, first, second, third)
  })
})

onEveryStage('twenty refreshes of one token without a grace', (setUp) => {
  test('rotate it once, and the nineteen others end the session', async () => {
    const stage = await setUp({ SIGIL_REFRESH_GRACE: '0s' })
    await signUp(stage.nodeFor(0), { email })
    for (let round = 1; round <= 3; round++) {
      const first = await signIn(stage.nodeFor(round), email)
      const answers = await atOnce(20, (index) => tryRefresh(stage.nodeFor(index), first.refresh))
      const { '401 refresh_token_reused': reused, ...winner } = tally(answers)
      assert.equal(reused, 19)
      // The one who rotated may find the session ended by the others before it has its answer.
      assert.ok(winner['200'] === 1 || winner['401 refresh_token_revoked'] === 1, JSON.stringify(winner))
      const row = await sessionRow(stage.world, first.sessionId)
      assert.deepEqual([row?.counter, row?.ended], [1, 'refresh_token_reused'])
      assert.equal(await timesRevoked(stage.world, first.sessionId), 1)
      const handedOut = answers.filter(({ status }) => status === 200).map(pairIn)
      await assertReused(stage.nodes, first, ...handedOut)
    }
  })
})

onEveryStage('refreshes beside a logout of their session', (setUp) => {
  test('leave nothing that is accepted', async () => {
    const stage = await setUp()
    await signUp(stage.nodeFor(0), { email })
    const revoker = stage.nodeFor(0)
    for (let round = 1; round <= 3; round++) {
      const first = await signIn(stage.nodeFor(round), email)
      const [loggedOut, ...answers] = await atOnce(20, (index) =>
        index === 0 ? logOut(revoker, first.access) : tryRefresh(stage.nodeFor(index), first.refresh),
      )
      assert.equal(loggedOut?.status, 204)
      for (const answer of answers) {
        if (answer.status !== 200) assert.equal(answer.body.code, 'refresh_token_revoked')
        else await assertDead(stage, pairIn(answer))
      }
      await assertDead(stage, first)
    }
  })

  test('of another session lose nothing', async () => {
    const stage = await setUp()
    await signUp(stage.nodeFor(0), { email })
    const [ended, stays] = [await signIn(stage.nodeFor(0), email), await signIn(stage.nodeFor(1), email)]
    const answers = await atOnce(20, (index) =>
      index === 0 ? logOut(stage.nodeFor(0), ended.access) : tryRefresh(stage.nodeFor(index), stays.refresh),
    )
    assert.deepEqual(tally(answers), { '200': 19, '204': 1 })
    for (const node of stage.nodes) assert.equal(await accepts(node, stays.access), true)
  })
})

async function assertReused(nodes: readonly string[], ...pairs: Pair[]): Promise<void> {
  for (const node of nodes) {
    for (const { access, refresh: token } of pairs) {
      assert.equal(await accepts(node, access), false)
      assert.deepEqual(tally([await tryRefresh(node, token)]), { '401 refresh_token_reused': 1 })
    }
  }
}
