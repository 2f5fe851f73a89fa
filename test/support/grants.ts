import assert from 'node:assert/strict'
import { openGrant } from '#src/apps/open-grant.ts'
import { refreshGrant } from '#src/apps/refresh-grant.ts'
import { bySystem } from '#src/audit/by.ts'
import { randomId } from '#src/platform/random.ts'
import { writeRefreshToken } from '#src/tokens/refresh-token.ts'
import type { World } from '#src/world/world.ts'
import { registerApp } from '#test/support/app-sign-in.ts'

/** A grant, its app and its current refresh token. */
export type TestGrant = { readonly id: string; readonly clientId: string; readonly token: string }

/** Opens a grant of a new app. */
export async function newGrant(
  world: World,
  whose: { userId: string; sessionId: string },
): Promise<TestGrant> {
  const { id: clientId } = await registerApp(world)
  const id = randomId(world.random)
  const opened = await openGrant(world, {
    ...{ ...whose, id, clientId, isOffline: false, scopes: ['openid'], audiences: [], amr: ['pwd'] },
    ...{ keyThumbprint: undefined, level: 'aal1', authenticatedAt: world.clock.now(), by: bySystem },
    useCode: async () => true,
    refreshLifetimeMs: world.settings.refreshLifetimeMs,
    client: { address: '203.0.113.7', userAgent: id },
  })
  assert.ok(opened.kind === 'opened')
  return { id, clientId, token: writeRefreshToken(world.keys, { handle: opened.handle, counter: 0 }) }
}

/** The next refresh token; undefined if this one is rejected. */
export async function refreshed(
  world: World,
  { id, clientId, token }: TestGrant,
): Promise<string | undefined> {
  const outcome = await refreshGrant(world, {
    ...{ presented: token, clientId, step: 1, keyThumbprint: undefined, by: bySystem },
    lifetimeMs: world.settings.refreshLifetimeMs,
    client: { address: '203.0.113.7', userAgent: id },
  })
  return outcome?.refreshToken
}
