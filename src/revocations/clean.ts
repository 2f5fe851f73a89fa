import { deleteExpired } from '#src/revocations/revocations.sql.ts'
import { revocationNode } from '#src/revocations/this-node.ts'
import type { World } from '#src/world.ts'

/** Drops entries that no token can outlive, here and in the log, while the clocks can be believed. */
export async function cleanRevocations(world: World, most: number): Promise<number> {
  const mayDrop = revocationNode(world).dead.drop()
  return mayDrop ? deleteExpired(world.db.query, world.clock.now(), most) : 0
}
