import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { type Killed, killKey } from '#src/keys/rotation.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import type { World } from '#src/world/world.ts'

/**
 * Revokes a key that may have leaked, with everything signed with it; a new key is used at once. A repeated
 * call waits for the same propagation.
 */
export async function revokeKey(
  world: World,
  { id, by }: { id: string; by: By },
): Promise<{ killed: Killed; propagated: Promise<Propagation> }> {
  const { outcome: killed, propagated } = await commitRevoking<Killed>(world, async (query) => {
    const outcome = await killKey(query, world.keys, { id, now: world.clock.now() })
    if (outcome.kind !== 'revoked') return { outcome, revoked: [] }
    await recordEvent(query, world, {
      event: 'key.revoked',
      by,
      target: { kind: 'key', id },
      details: { purpose: outcome.key.purpose, successor: outcome.successor },
    })
    const kind = outcome.key.purpose === 'sign' ? 'signing_key' : 'mac_key'
    return { outcome, revoked: await revoke(query, world, { kind, ids: [id] }) }
  })
  return { killed, propagated }
}
