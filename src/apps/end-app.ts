import { type App, revocationIdOf } from '#src/apps/app.ts'
import { appById, deleteApp, disableApp, enableApp, lockApp } from '#src/apps/apps.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import type { World } from '#src/world/world.ts'

/**
 * Disables an app: every token of it stops working, its grants end, and it gets no others until it is enabled.
 * Users then sign in to it again. A repeat waits for the same propagation.
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
    const revoked = await revoke(query, world, { kind: 'app', ids: [revocationIdOf(app)] })
    return { outcome: 'done', revoked }
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
 * Removes an app with its secrets and consents. Every token of it carries its id, which is revoked; its
 * grants cannot be refreshed any more, and the cleaner ends them.
 */
export async function removeApp(
  world: World,
  { clientId, by }: { clientId: string; by: By },
): Promise<{ propagated: Promise<Propagation> }> {
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const epoch = await deleteApp(query, clientId)
    if (epoch === undefined) return { outcome: false, revoked: [] }
    const target = { kind: 'app', id: clientId } as const
    await recordEvent(query, world, { event: 'app.removed', by, target, details: {} })
    return {
      outcome: true,
      revoked: await revoke(query, world, { kind: 'app', ids: [revocationIdOf({ clientId, epoch })] }),
    }
  })
  if (!outcome) throw new AppError('not_found')
  return { propagated }
}
