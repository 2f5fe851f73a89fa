import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable, enable } from '#src/accounts/disable.ts'
import { bySystem } from '#src/audit/by.ts'
import { changePassword } from '#src/credentials/passwords/change-password.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Clock, systemClock } from '#src/platform/clock.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { refresh } from '#src/tokens/refresh.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { goodPassword, pairOf, personWithRoles } from '#test/support/people.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const dayMs = 24 * 60 * 60 * 1000
const client = { address: '192.0.2.7', userAgent: '' }

/** A server whose clock can be set, with two sessions of one user. */
async function withSessions(engine: Engine) {
  let aheadMs = 0
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
  const { world } = await serveTestWorld(engine, { clock })
  const person = await personWithRoles(world, ['default_user'])
  const sessions = [await pairOf(world, person), await pairOf(world, person)] as const
  const setClock = (ms: number) => {
    aheadMs = ms
  }
  return { world, person, sessions, setClock }
}

async function codeOfRefresh(world: Parameters<typeof refresh>[0], presented: string): Promise<string> {
  try {
    await refresh(world, { presented, client, by: bySystem })
    return 'refreshed'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

// PostgreSQL has its own clock, and a server that is off by days serves nothing there.
onBothEngines('ending sessions with a clock that is days ahead', (engine) => {
  const skip = engine.dialect === 'postgres' && 'a server whose clock is days off is not ready'

  test('logout everywhere ends sessions that look expired', { skip }, async () => {
    const { world, person, sessions, setClock } = await withSessions(engine)
    setClock(15 * dayMs)
    const { propagated } = await logOutEverywhere(world, {
      userId: person.id,
      reason: 'logout_all',
      by: bySystem,
    })
    assert.equal((await propagated).everywhere, true)
    setClock(0)
    for (const { refreshToken } of sessions)
      assert.equal(await codeOfRefresh(world, refreshToken), 'refresh_token_revoked')
  })

  test('disabling a user ends sessions that look expired, and enabling restores none', { skip }, async () => {
    const { world, person, sessions, setClock } = await withSessions(engine)
    setClock(15 * dayMs)
    await (await disable(world, { userId: person.id, by: bySystem })).propagated
    setClock(0)
    await enable(world, { userId: person.id, by: bySystem })
    for (const { refreshToken } of sessions)
      assert.equal(await codeOfRefresh(world, refreshToken), 'refresh_token_revoked')
  })

  test('a new password ends other sessions that look expired', { skip }, async () => {
    const { world, person, sessions, setClock } = await withSessions(engine)
    const [own, other] = sessions
    // Beyond the lifetime of the other session, within that of the caller's own, which was just refreshed.
    setClock(13 * dayMs)
    const kept = await refresh(world, { presented: own.refreshToken, client, by: bySystem })
    setClock(15 * dayMs)
    const changed = await changePassword(world, {
      userId: person.id,
      sessionId: kept.sessionId,
      current: goodPassword,
      fresh: 'another battery of horses',
      address: client.address,
      by: bySystem,
    })
    await changed.propagated
    setClock(0)
    assert.equal(await codeOfRefresh(world, other.refreshToken), 'refresh_token_revoked')
  })
})
