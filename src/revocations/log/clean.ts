import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { deleteExpired } from '#src/revocations/log/revocations.sql.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import type { World } from '#src/world/world.ts'

/**
 * Drops entries that no token can outlive, here and in the log, while the clocks can be believed. What is
 * gone from the log is gone for whoever starts later, so there ours must be that of the database, too.
 */
export async function cleanRevocations(world: World, most: number): Promise<number> {
  const { db, clock } = world
  if (!revocationNode(world).dead.drop()) return 0
  const wall = wallClock(world)
  await wall.look()
  const now = clock.now()
  return wall.isOff(now) ? 0 : deleteExpired(db.query, now, most)
}
