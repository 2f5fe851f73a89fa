import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { macKeyNamedIn, type RefreshToken, readRefreshToken } from '#src/tokens/refresh-token.ts'
import type { World } from '#src/world/world.ts'

/**
 * The same as reading it, by keys that are no older than the lease: the key that it names may have been made
 * by another node a moment ago, or revoked there. Undefined for what we did not write. Refuses or faults
 * where nobody can tell.
 */
export async function recognizeRefreshToken(world: World, text: string): Promise<RefreshToken | undefined> {
  const keyId = macKeyNamedIn(text)
  if (keyId === undefined) return undefined
  if (!world.keys.has(keyId)) await world.keys.lookAgain()
  await revocationNode(world).ensureLease()
  return readRefreshToken(world.keys, text)
}
