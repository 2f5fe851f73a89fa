import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { macKeyNamedIn, type RefreshToken, readRefreshToken } from '#src/tokens/refresh-token.ts'
import type { World } from '#src/world/world.ts'

/**
 * Reads a refresh token with a key ring that is not older than the lease, because another node may have made
 * or revoked the key that the token names a moment ago. Undefined if we did not write the token. Throws if
 * this server cannot be sure.
 */
export async function recognizeRefreshToken(world: World, text: string): Promise<RefreshToken | undefined> {
  const keyId = macKeyNamedIn(text)
  if (keyId === undefined) return undefined
  if (!world.keys.has(keyId)) await world.keys.lookAgain()
  await revocationNode(world).ensureLease()
  return readRefreshToken(world.keys, text)
}
