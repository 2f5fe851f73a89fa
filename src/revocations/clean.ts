import { deleteExpired } from '#src/revocations/revocations.sql.ts'
import { revocationNode } from '#src/revocations/this-node.ts'
import { clockSkewMs, mostSkewMs } from '#src/store/examine.ts'
import type { World } from '#src/world.ts'

/**
 * Drops entries that no token can outlive, here and in the log, while the clocks can be believed. What is
 * gone from the log is gone for whoever starts later, so there ours must be that of the database, too.
 */
export async function cleanRevocations(world: World, most: number): Promise<number> {
  const { db, clock } = world
  const mayDrop = revocationNode(world).dead.drop() && (await clockSkewMs(db, clock)) <= mostSkewMs
  return mayDrop ? deleteExpired(db.query, clock.now(), most) : 0
}
