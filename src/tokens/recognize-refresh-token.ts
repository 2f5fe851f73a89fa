import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { macKeyNamedIn, type RefreshToken, readRefreshToken } from '#src/tokens/refresh-token.ts'
import type { World } from '#src/world/world.ts'

/**
 * Reads a refresh token with a key ring that is not older than the lease, because another node may have just
 * created or revoked the key of the token. Undefined if we did not issue the token. Throws if this server
 * cannot decide.
 */
export async function recognizeRefreshToken(world: World, text: string): Promise<RefreshToken | undefined> {
  const keyId = macKeyNamedIn(text)
  if (keyId === undefined) return undefined
  if (!world.keys.has(keyId)) await world.keys.lookAgain()
  await revocationNode(world).ensureLease()
  return readRefreshToken(world.keys, text)
}
