import assert from 'node:assert/strict'
import { putConsent } from '#src/apps/consents.sql.ts'
import { decideDeviceCode, insertDeviceCode } from '#src/apps/device-codes.sql.ts'
import { openGrant } from '#src/apps/open-grant.ts'
import { byCli } from '#src/audit/by.ts'
import { insertSiteCode } from '#src/forward-auth/site-codes.sql.ts'
import { recordIdOf } from '#src/oidc/adapter.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { World } from '#src/world/world.ts'
import { registerSite } from '#test/support/app-host.ts'
import { registerApi, registerApp } from '#test/support/app-sign-in.ts'

/** Signs a user in to a new app that uses a new API, with consent. A sign-in to another one is pending. */
export async function connectApp(world: World, { userId, sessionId }: { userId: string; sessionId: string }) {
  const { name: api } = await registerApi(world)
  const { id: clientId } = await registerApp(world, {
    apis: [{ name: api }],
    backchannelUri: 'https://app.example.com/logout',
  })
  await putConsent(world.db.query, { userId, clientId, scopes: {}, now: world.clock.now() })
  const opened = await openGrant(world, {
    useCode: async () => true,
    ...{ id: clientId, userId, clientId, sessionId, isOffline: false, scopes: ['openid'], audiences: [] },
    ...{ keyThumbprint: undefined, amr: ['pwd'], level: 'aal1', authenticatedAt: world.clock.now() },
    refreshLifetimeMs: world.settings.refreshLifetimeMs,
    ...{ client: { address: '127.0.0.1', userAgent: '' }, by: byCli },
  })
  assert.equal(opened.kind, 'opened')
  const now = world.clock.now()
  const code = { id: clientId, clientId, asked: '{}', userCodeHash: recordIdOf('test', clientId) }
  await insertDeviceCode(world.db.query, { ...code, now, expiresAt: now + 600_000 })
  await decideDeviceCode(world.db.query, { id: clientId, state: 'allowed', userId, sessionId, now })
  await visitSite(world, { userId, sessionId })
}

async function visitSite(world: World, { userId, sessionId }: { userId: string; sessionId: string }) {
  const { app, host } = await registerSite(world)
  const now = world.clock.now()
  await insertSiteCode(world.db.query, {
    codeHash: hashOf(randomId(world.random)),
    browserHash: hashOf(randomId(world.random)),
    clientId: app.clientId,
    ...{ userId, sessionId, host, now, expiresAt: now + 60_000 },
  })
}
