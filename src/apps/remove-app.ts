import { appById, deleteApp, lockApp } from '#src/apps/apps.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import type { World } from '#src/world/world.ts'

/**
 * Removes an app with its secrets and consents. Every token of it carries its id, which is revoked; its
 * grants cannot be refreshed any more, and the cleaner ends them.
 */
export async function removeApp(
  world: World,
  { clientId, by }: { clientId: string; by: By },
): Promise<{ propagated: Promise<Propagation> }> {
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const before = (await lockApp(query, clientId)) && (await appById(query, clientId))
    if (!before) return { outcome: new AppError('not_found'), revoked: [] }
    if (before.isManaged) return { outcome: new AppError('managed_by_file'), revoked: [] }
    await deleteApp(query, clientId)
    const target = { kind: 'app', id: clientId } as const
    await recordEvent(query, world, { event: 'app.removed', by, target, details: {} })
    return { outcome: undefined, revoked: await revoke(query, world, { kind: 'app', ids: [clientId] }) }
  })
  if (outcome) throw outcome
  return { propagated }
}
