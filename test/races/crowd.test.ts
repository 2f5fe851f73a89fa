import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostSessions } from '#src/sessions/session.ts'
import { assertAlive, liveSessions } from '#test/races/judge.ts'
import { onEveryStage } from '#test/races/stage.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { openMany } from '#test/support/many-sessions.ts'
import { goodPassword, sessionIn, signedUp, signIn } from '#test/support/people.ts'

const ada = { email: 'ada@example.org', password: goodPassword }

onEveryStage('twenty sign-ins where there is room for five', (setUp) => {
  test('all begin, and together are no more than there is room for', async () => {
    const stage = await setUp()
    const { id } = await signedUp(stage.nodeFor(0), ada)
    await openMany(stage.world, id, mostSessions - 5)
    const answers = await atOnce(20, (index) => signIn(stage.nodeFor(index), ada))
    assert.deepEqual(tally(answers), { '200': 20 })
    assert.equal(await liveSessions(stage.world, ada.email), mostSessions)
    for (const answer of answers) await assertAlive(stage, sessionIn(answer))
  })
})
