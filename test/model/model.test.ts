import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { commands } from '#test/model/commands.ts'
import { origin, realOn, type Stage } from '#test/model/real.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import type { TestServer } from '#test/support/server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

/** Printed by each run. With the same SIGIL_TEST_SEED a run repeats the same histories. */
const seed = Number(process.env.SIGIL_TEST_SEED ?? randomInt(2 ** 31))
const numRuns = Number(process.env.SIGIL_TEST_RUNS ?? 8)

onBothEngines('random histories', (engine) => {
  test('after random actions every token and every response is as the model predicts', async (t) => {
    t.diagnostic(`SIGIL_TEST_SEED=${seed} SIGIL_TEST_RUNS=${numRuns}`)
    const stage = await stageOn(engine)
    const histories = fc.commands(commands, { maxCommands: 40, size: '+1' })
    const property = fc.asyncProperty(histories, async (history) => {
      const real = await realOn(stage)
      await fc.asyncModelRun(() => ({ model: {}, real }), history)
    })
    await fc.assert(property, { seed, numRuns })
  })
})

/** All histories share the server and the database; each has users of its own. */
async function stageOn(engine: Engine): Promise<Stage> {
  const clock = testClock()
  let server: TestServer | undefined
  // Registered first, so that the last server stops before its database is removed.
  after(() => server?.stop())
  const place = await engine.freshPlace()
  const env = {
    SIGIL_PUBLIC_URL: origin,
    SIGIL_DELETE_GRACE: '7d',
    SIGIL_SMTP_URL: 'smtp://127.0.0.1:1',
    SIGIL_MAIL_FROM: 'no-reply@example.org',
    SIGIL_EMAIL_VERIFICATION: 'optional',
    SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    SIGIL_TRUSTED_PROXIES: '127.0.0.1,::1',
  }
  const restart = async () => {
    await server?.stop()
    server = await serveTestWorld(place, { clock, env })
  }
  await restart()
  return { clock, restart, server: () => server ?? assert.fail() }
}
