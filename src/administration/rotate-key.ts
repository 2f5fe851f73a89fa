import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import type { Purpose } from '#src/keys/key.ts'
import { type Published, publishKey } from '#src/keys/rotation.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import type { World } from '#src/world/world.ts'

/**
 * Publishes a new key in addition to the current one, unless one is published already, possibly by a
 * concurrent call.
 */
export async function rotateKey(
  world: World,
  { purpose, by }: { purpose: Purpose; by: By },
): Promise<Published> {
  const published = await world.db.transaction(async (query) => {
    const outcome = await publishKey(query, world.keys, { purpose, now: world.clock.now() })
    if (outcome.kind === 'under_way') return outcome
    const { key, former } = outcome
    await recordEvent(query, world, {
      event: 'key.rotated',
      by,
      target: { kind: 'key', id: key.id },
      details: { purpose, former, used_from: rfc3339(key.usedFrom) },
    })
    return outcome
  })
  await world.keys.reload()
  // Other nodes would see it when they next read the log; the notification makes them read it now.
  await revocationNode(world)
    .outside.port.hint('ring')
    .catch(() => {})
  return published
}
