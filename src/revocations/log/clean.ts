import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { deleteExpired } from '#src/revocations/log/revocations.sql.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import type { World } from '#src/world/world.ts'

/**
 * Drops entries that no token can outlive, in memory and in the log, while the clock can be trusted. A server
 * that starts later cannot read a deleted entry, so the log is cleaned only by the database's time.
 */
export async function cleanRevocations(world: World, max: number): Promise<number> {
  const { db, clock } = world
  if (!revocationNode(world).log.revokedIds.drop()) return 0
  const wall = wallClock(world)
  await wall.look()
  const now = clock.now()
  return wall.isOff(now) ? 0 : deleteExpired(db.query, now, max)
}
