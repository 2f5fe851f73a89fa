import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { assertAlive, sessionRow } from '#test/races/judge.ts'
import { onEveryStage, type Stage } from '#test/races/stage.ts'
import {
  type Answered,
  accepts,
  atOnce,
  type Pair,
  pairIn,
  password,
  refresh,
  saidBy,
  send,
  signIn,
  signUp,
  tally,
  tryRefresh,
  trySignIn,
} from '#test/support/auth-calls.ts'

const email = 'ada@example.org'
const newPassword = 'another battery of horses'

/** Six tabs refresh one token together, before and beside something else, and once more after it. */
async function besideRefreshes(stage: Stage, pair: Pair, act: () => Promise<Answered>) {
  const handedOut = [await refresh(stage.nodeFor(0), pair.refresh)]
  const refused: Answered[] = []
  let isOver = false
  const acting = act().finally(() => {
    isOver = true
  })
  let leaf = handedOut[0]?.refresh ?? ''
  for (let isLast = false; !isLast; ) {
    isLast = isOver
    const answers = await atOnce(6, (index) => tryRefresh(stage.nodeFor(index), leaf))
    refused.push(...answers.filter(({ status }) => status !== 200))
    const pairs = answers.filter(({ status }) => status === 200).map(pairIn)
    handedOut.push(...pairs)
    leaf = pairs[0]?.refresh ?? leaf
  }
  return { answer: await acting, handedOut, refused }
}

onEveryStage('a change of password beside refreshes', (setUp) => {
  for (const whose of ['the session that changes it', 'another session'] as const) {
    test(`leaves nothing of what was handed out before, to ${whose}`, async () => {
      const stage = await setUp()
      const revoker = stage.nodeFor(0)
      await signUp(revoker, { email })
      const [caller, other] = [await signIn(revoker, email), await signIn(stage.nodeFor(1), email)]
      const refreshed = whose === 'another session' ? other : caller
      const { answer, handedOut, refused } = await besideRefreshes(stage, refreshed, () =>
        send('PUT', `${revoker}/api/v1/me/password`, {
          token: caller.access,
          body: { current: password, new: newPassword },
        }),
      )
      const mine = pairIn(answer)
      assert.ok(handedOut.length > 0 && refused.length >= 6)
      for (const pair of [caller, other, ...handedOut]) {
        for (const node of stage.nodes) assert.equal(await accepts(node, pair.access), false)
      }
      for (const pair of [caller, other, ...handedOut.slice(-12)]) {
        assert.equal((await tryRefresh(stage.nodeFor(1), pair.refresh)).status, 401)
      }
      assert.equal((await sessionRow(stage.world, other.sessionId))?.ended, 'password_changed')
      await assertAlive(stage, mine)
      assert.equal((await trySignIn(stage.nodeFor(1), email)).status, 401)
      await signIn(stage.nodeFor(1), email, newPassword)
    })
  }
})

onEveryStage('changes of one password', (setUp) => {
  test('twenty at once: one is made, and it ends what the others hold', async () => {
    const stage = await setUp()
    await signUp(stage.nodeFor(0), { email })
    // Ten each of two sessions, for what one session begins twice must be told apart as well.
    const sessions = await atOnce(2, (index) => signIn(stage.nodeFor(index), email))
    const pairs = Array.from({ length: 20 }, (_, index) => sessions[index % 2])
    const wishOf = (index: number) => `${newPassword} ${index}`
    const answers = await atOnce(20, (index) =>
      send('PUT', `${stage.nodeFor(index)}/api/v1/me/password`, {
        token: pairs[index]?.access,
        body: { current: password, new: wishOf(index) },
      }),
    )
    // Who was let in before, and looked after the one that is made, no longer knows the password.
    const { '200': made, '401 not_signed_in': ended = 0, '403 wrong_password': late = 0 } = tally(answers)
    assert.deepEqual([made, ended + late], [1, 19])
    const winner = answers.findIndex(({ status }) => status === 200)
    await signIn(stage.nodeFor(1), email, wishOf(winner))
    for (const { access } of sessions) assert.equal(await accepts(stage.nodeFor(1), access), false)
  })
})

onEveryStage('a change of username beside refreshes', (setUp) => {
  test('ends no session, and every token says what is true or is dead', async () => {
    const stage = await setUp()
    const revoker = stage.nodeFor(0)
    await signUp(revoker, { email, username: 'ada' })
    const [caller, other] = [await signIn(revoker, email), await signIn(stage.nodeFor(1), email)]
    const { answer, handedOut, refused } = await besideRefreshes(stage, other, () =>
      send('PATCH', `${revoker}/api/v1/me`, { token: caller.access, body: { username: 'lovelace' } }),
    )
    assert.deepEqual([tally([answer]), tally(refused)], [{ '200': 1 }, {}])
    const now = (await sessionRow(stage.world, other.sessionId))?.signature
    for (const { access } of [caller, other, ...handedOut]) {
      const { signature, claims } = saidBy(access)
      assert.equal(claims.preferred_username === 'lovelace', signature === now)
      for (const node of stage.nodes) assert.equal(await accepts(node, access), signature === now)
    }
    for (const { refresh: token } of [caller, handedOut.at(-1) ?? other]) {
      await assertAlive(stage, await refresh(stage.nodeFor(1), token))
    }
  })
})

onEveryStage('twelve sign-ins at once', (setUp) => {
  test('of somebody whose hash is outdated all succeed, and renew it', async () => {
    const { world, nodeFor } = await setUp()
    await signUp(nodeFor(0), { email })
    await world.db.query(sql`update users set password_hash = ${outdatedHash}`)
    const answers = await atOnce(12, (index) => trySignIn(nodeFor(index), email))
    assert.deepEqual(tally(answers), { '200': 12 })
    const [user] = await world.db.query(sql`select password_hash from users`)
    assert.match(String(user?.password_hash), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  test('with the old password of somebody whose hash is outdated all fail', async () => {
    const { world, nodeFor } = await setUp()
    await signUp(nodeFor(0), { email })
    await world.db.query(sql`update users set password_hash = ${outdatedHash}`)
    const answers = await atOnce(12, (index) => trySignIn(nodeFor(index), email, newPassword))
    assert.deepEqual(tally(answers), { '401 wrong_credentials': 12 })
  })
})

/** Of `password`, with less work than today's. */
const outdatedHash =
  '$argon2id$v=19$m=64,t=1,p=1$www3HO5Y15hQZC3KbWYQvw$UaiG/H89qeYJjc0kwgMBTyLlah0yrA3NzBYamGhVMxI'
