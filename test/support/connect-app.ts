import assert from 'node:assert/strict'
import { putConsent } from '#src/apps/consents.sql.ts'
import { openGrant } from '#src/apps/open-grant.ts'
import { byCli } from '#src/audit/by.ts'
import type { World } from '#src/world/world.ts'
import { registerApi, registerApp } from '#test/support/app-sign-in.ts'

/** Signs a user in to a new app that uses a new API, with consent. */
export async function connectApp(world: World, { userId, sessionId }: { userId: string; sessionId: string }) {
  const { name: api } = await registerApi(world)
  const { id: clientId } = await registerApp(world, { apis: [{ name: api }] })
  await putConsent(world.db.query, { userId, clientId, scopes: {}, now: world.clock.now() })
  const opened = await openGrant(world, {
    useCode: async () => true,
    ...{ id: clientId, userId, clientId, sessionId, isOffline: false, scopes: ['openid'], audiences: [] },
    ...{ keyThumbprint: undefined, amr: ['pwd'], level: 'aal1', authenticatedAt: world.clock.now() },
    ...{ client: { address: '127.0.0.1', userAgent: '' }, by: byCli },
  })
  assert.equal(opened.kind, 'opened')
}
