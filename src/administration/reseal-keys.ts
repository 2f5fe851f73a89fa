import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import type { MasterKey } from '#src/keys/master-key.ts'
import { resealAll } from '#src/keys/rotation.ts'
import type { World } from '#src/world/world.ts'

/** Encrypts every key under a new master key. Returns their number; undefined for the current master key. */
export async function resealKeys(
  world: World,
  { master, by }: { master: MasterKey; by: By },
): Promise<number | undefined> {
  if (world.keys.sealing.isMaster(master)) return undefined
  const count = await world.db.transaction(async (query) => {
    const resealed = await resealAll(query, world.keys, master)
    const target = { kind: 'none' } as const
    await recordEvent(query, world, { event: 'key.resealed', by, target, details: { keys: resealed } })
    return resealed
  })
  world.keys.sealing.changeMaster(master)
  return count
}
