import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { assertAlive, sessionRow } from '#test/races/judge.ts'
import { onEveryStage, type Stage } from '#test/races/stage.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import type { Reply } from '#test/support/client.ts'
import { partsOf } from '#test/support/forging.ts'
import {
  goodPassword,
  isAccepted,
  refresh,
  refreshed,
  sessionIn,
  signedIn,
  signedUp,
  signIn,
} from '#test/support/people.ts'
import type { WireSession } from '#test/support/wire-body.ts'

const ada = { email: 'ada@example.org', password: goodPassword }
const newPassword = 'another plum tarot window'

/** Six tabs refresh one token at once, before and during an action, and again after it. */
async function duringRefreshes(stage: Stage, pair: WireSession, action: () => Promise<Reply>) {
  const issued = [await refreshed(stage.nodeFor(0), pair.refresh_token)]
  const rejected: Reply[] = []
  let isOver = false
  const acting = action().finally(() => {
    isOver = true
  })
  let leaf = issued[0]?.refresh_token ?? ''
  for (let isLast = false; !isLast; ) {
    isLast = isOver
    const answers = await atOnce(6, (index) => refresh(stage.nodeFor(index), leaf))
    rejected.push(...answers.filter(({ status }) => status !== 200))
    const pairs = answers.filter(({ status }) => status === 200).map(sessionIn)
    issued.push(...pairs)
    leaf = pairs[0]?.refresh_token ?? leaf
  }
  return { answer: await acting, issued, rejected }
}

onEveryStage('a password change during refreshes', (setUp) => {
  for (const whose of ['the session that changes it', 'another session'] as const) {
    test(`a password change revokes tokens issued earlier by refreshes of ${whose}`, async () => {
      const stage = await setUp()
      const revoker = stage.nodeFor(0)
      await signedUp(revoker, ada)
      const [caller, other] = [await signedIn(revoker, ada), await signedIn(stage.nodeFor(1), ada)]
      const refreshed = whose === 'another session' ? other : caller
      const { answer, issued, rejected } = await duringRefreshes(stage, refreshed, () =>
        revoker.put(
          '/api/v1/me/password',
          { current: ada.password, new: newPassword },
          { bearer: caller.access_token },
        ),
      )
      const mine = sessionIn(answer)
      assert.ok(issued.length > 0 && rejected.length >= 6)
      for (const pair of [caller, other, ...issued]) {
        for (const node of stage.nodes) assert.equal(await isAccepted(node, pair.access_token), false)
      }
      for (const pair of [caller, other, ...issued.slice(-12)]) {
        assert.equal((await refresh(stage.nodeFor(1), pair.refresh_token)).status, 401)
      }
      assert.equal((await sessionRow(stage.world, other.session_id))?.ended, 'password_changed')
      await assertAlive(stage, mine)
      assert.equal((await signIn(stage.nodeFor(1), ada)).status, 401)
      await signedIn(stage.nodeFor(1), { ...ada, password: newPassword })
    })
  }
})

onEveryStage('concurrent password changes', (setUp) => {
  test('twenty password changes at once: one succeeds and ends the tokens of the others', async () => {
    const stage = await setUp()
    await signedUp(stage.nodeFor(0), ada)
    // Ten in each of two sessions: two changes in one session must also exclude each other.
    const sessions = await atOnce(2, (index) => signedIn(stage.nodeFor(index), ada))
    const pairs = Array.from({ length: 20 }, (_, index) => sessions[index % 2])
    const passwordOf = (index: number) => `${newPassword} ${index}`
    const answers = await atOnce(20, (index) =>
      stage
        .nodeFor(index)
        .put(
          '/api/v1/me/password',
          { current: ada.password, new: passwordOf(index) },
          { bearer: pairs[index]?.access_token ?? '' },
        ),
    )
    // A call that was admitted before the winner, but checked the password after it, has a wrong password.
    const {
      '200': succeeded,
      '401 not_signed_in': ended = 0,
      '403 wrong_password': late = 0,
    } = tally(answers)
    assert.deepEqual([succeeded, ended + late], [1, 19])
    const winner = answers.findIndex(({ status }) => status === 200)
    await signedIn(stage.nodeFor(1), { ...ada, password: passwordOf(winner) })
    for (const { access_token } of sessions) {
      assert.equal(await isAccepted(stage.nodeFor(1), access_token), false)
    }
  })
})

onEveryStage('a username change during refreshes', (setUp) => {
  test('a username change ends no session, and every token has the new name or is revoked', async () => {
    const stage = await setUp()
    const revoker = stage.nodeFor(0)
    await signedUp(revoker, { ...ada, username: 'ada' })
    const [caller, other] = [await signedIn(revoker, ada), await signedIn(stage.nodeFor(1), ada)]
    const { answer, issued, rejected } = await duringRefreshes(stage, other, () =>
      revoker.patch('/api/v1/me', { username: 'lovelace' }, { bearer: caller.access_token }),
    )
    assert.deepEqual([tally([answer]), tally(rejected)], [{ '200': 1 }, {}])
    const now = (await sessionRow(stage.world, other.session_id))?.signature
    for (const { access_token } of [caller, other, ...issued]) {
      const { header, claims } = partsOf(access_token)
      assert.equal(claims.preferred_username === 'lovelace', header.jti === now)
      for (const node of stage.nodes) assert.equal(await isAccepted(node, access_token), header.jti === now)
    }
    for (const { refresh_token } of [caller, issued.at(-1) ?? other]) {
      await assertAlive(stage, await refreshed(stage.nodeFor(1), refresh_token))
    }
  })
})

onEveryStage('an outdated password hash', (setUp) => {
  test('twelve sign-ins at once with an outdated hash all succeed and renew it', async () => {
    const { world, nodeFor } = await setUp()
    await signedUp(nodeFor(0), ada)
    await world.db.query(sql`update users set password_hash = ${outdatedHash}`)
    const answers = await atOnce(12, (index) => signIn(nodeFor(index), ada))
    assert.deepEqual(tally(answers), { '200': 12 })
    const [user] = await world.db.query(sql`select password_hash from users`)
    assert.match(String(user?.password_hash), /^\$argon2id\$v=19\$m=\d+,t=\d,p=1,keyid=[\w-]{8}\$/)
  })

  test('twelve sign-ins at once with a wrong password and an outdated hash all fail', async () => {
    const { world, nodeFor } = await setUp()
    await signedUp(nodeFor(0), ada)
    await world.db.query(sql`update users set password_hash = ${outdatedHash}`)
    const answers = await atOnce(12, (index) => signIn(nodeFor(index), { ...ada, password: newPassword }))
    assert.deepEqual(tally(answers), { '401 wrong_credentials': 12 })
  })
})

/** A hash of `goodPassword` with weaker parameters than the current ones. */
const outdatedHash =
  '$argon2id$v=19$m=64,t=1,p=1$QLR8W5e3sHbBYWfr/CF3JQ$92tGB6MLFlZ0To5XA85bAZoh7//YZBx0xj0H3/nCxL4'
