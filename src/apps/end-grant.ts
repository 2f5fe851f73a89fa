import { deleteConsent } from '#src/apps/consents.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import type { GrantEndReason } from '#src/sessions/grant.ts'
import { endGrant, endGrantsOfAppFor } from '#src/sessions/grants.sql.ts'
import { lockUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

/** Ends one grant with its tokens. A repeated call waits for the same propagation. */
export async function endOneGrant(
  world: World,
  { id, reason, by }: { id: string; reason: GrantEndReason; by: By },
): Promise<{ propagated: Promise<Propagation> }> {
  const { propagated } = await commitRevoking(world, async (query) => {
    const isEnded = await endGrant(query, { id, now: world.clock.now(), reason })
    if (!isEnded) return { outcome: undefined, revoked: [] }
    const target = { kind: 'grant', id } as const
    await recordEvent(query, world, { event: 'app.disconnected', by, target, details: { reason } })
    return { outcome: undefined, revoked: await revoke(query, world, { kind: 'grant', ids: [id] }) }
  })
  return { propagated }
}

/**
 * Disconnects an app from a user: every grant ends, the consent is deleted, and all tokens of the app for the
 * user are revoked once `propagated` resolves. Returns false if the app was not connected.
 */
export async function disconnect(
  world: World,
  { userId, clientId, by }: { userId: string; clientId: string; by: By },
): Promise<{ isFound: boolean; propagated: Promise<Propagation> }> {
  const { outcome: isFound, propagated } = await commitRevoking(world, async (query) => {
    await lockUser(query, userId)
    const ids = await endGrantsOfAppFor(query, { userId, clientId, now: world.clock.now() })
    const hadConsent = await deleteConsent(query, { userId, clientId })
    if (ids.length === 0 && !hadConsent) return { outcome: false, revoked: [] }
    await recordEvent(query, world, {
      event: 'app.disconnected',
      by,
      target: { kind: 'user', id: userId },
      details: { reason: 'disconnected', client_id: clientId, grants: ids.length },
    })
    return { outcome: true, revoked: await revoke(query, world, { kind: 'grant', ids }) }
  })
  return { isFound, propagated }
}
