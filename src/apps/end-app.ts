import { type App, revocationIdOf } from '#src/apps/app.ts'
import { appById, deleteApp, disableApp, enableApp, lockApp } from '#src/apps/apps.sql.ts'
import { logoutDetailsOf } from '#src/apps/logout-notices.sql.ts'
import { type StoredSite, siteById } from '#src/apps/proxy-sites.sql.ts'
import { writeSite } from '#src/apps/write-site.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Revoked } from '#src/revocations/log/revocation.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import type { World } from '#src/world/world.ts'

/**
 * Disables an app: its tokens stop working, its grants end, and it gets no new ones until it is enabled.
 * Users then have to sign in to it again. A repeated call waits for the same propagation.
 */
export async function disable(
  world: World,
  { clientId, by }: { clientId: string; by: By },
): Promise<{ propagated: Promise<Propagation> }> {
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const app = (await lockApp(query, clientId)) ? await appById(query, clientId) : undefined
    if (!app) return { outcome: 'not_found', revoked: [] }
    const epoch = randomId(world.random)
    const isDisabled = await disableApp(query, { app, epoch, now: world.clock.now() })
    if (!isDisabled) return { outcome: 'done', revoked: [] }
    const target = { kind: 'app', id: clientId } as const
    await recordEvent(query, world, { event: 'app.disabled', by, target, details: {} })
    const site = await siteById(query, clientId)
    // When the app is enabled again, it has another revision, which is not revoked.
    await writeSite(query, world, app)
    return { outcome: 'done', revoked: await revokeApp(query, world, { id: revocationIdOf(app), site }) }
  })
  if (outcome === 'not_found') throw new AppError('not_found')
  return { propagated }
}

/** Enables a disabled app. Its earlier tokens and grants stay ended. */
export async function enable(world: World, { clientId, by }: { clientId: string; by: By }): Promise<App> {
  const app = await world.db.transaction(async (query) => {
    const isEnabled = await enableApp(query, clientId)
    const target = { kind: 'app', id: clientId } as const
    if (isEnabled) await recordEvent(query, world, { event: 'app.enabled', by, target, details: {} })
    return appById(query, clientId)
  })
  if (!app) throw new AppError('not_found')
  return app
}

/**
 * Removes an app with its secrets and consents. All of its tokens carry its id, which is revoked; its grants
 * can no longer be refreshed, and the cleaner ends them.
 */
export async function removeApp(
  world: World,
  { clientId, by }: { clientId: string; by: By },
): Promise<{ propagated: Promise<Propagation> }> {
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const app = (await lockApp(query, clientId)) ? await appById(query, clientId) : undefined
    if (!app) return { outcome: new AppError('not_found'), revoked: [] }
    if (app.isManaged) return { outcome: new AppError('managed_by_file'), revoked: [] }
    const site = await siteById(query, clientId)
    await deleteApp(query, clientId)
    const target = { kind: 'app', id: clientId } as const
    const details = { logout: logoutDetailsOf(app) }
    await recordEvent(query, world, { event: 'app.removed', by, target, details })
    return { outcome: undefined, revoked: await revokeApp(query, world, { id: revocationIdOf(app), site }) }
  })
  if (outcome) throw outcome
  return { propagated }
}

/** Revokes the tokens of an app, and its site, which nodes cache by its revision. */
function revokeApp(
  query: RevokingQuery,
  world: World,
  { id, site }: { id: string; site: StoredSite | undefined },
): Promise<Revoked[]> {
  return revoke(query, world, { kind: 'app', ids: site ? [id, site.revision] : [id] })
}
