import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { lastExpiryBefore } from '#src/revocations/log/revocation.ts'
import { deleteExpired, raiseDroppedUntil } from '#src/revocations/log/revocations.sql.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import type { World } from '#src/world/world.ts'

/**
 * Drops entries that no token can outlive, in memory and in the log, while the clock can be trusted. Both
 * store up to when, so that after the clock is set back, the tokens that those entries revoked stay expired.
 */
export async function cleanRevocations(world: World, max: number): Promise<number> {
  const { db, clock } = world
  const wall = wallClock(world)
  await wall.look()
  const now = clock.now()
  if (wall.isOff(now) || !revocationNode(world).log.revokedIds.drop()) return 0
  return db.transaction(async (query) => {
    const ends = await deleteExpired(query, now, max)
    if (ends.length > 0) await raiseDroppedUntil(query, lastExpiryBefore(Math.max(...ends)))
    return ends.length
  })
}
