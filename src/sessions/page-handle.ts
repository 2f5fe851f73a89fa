import { keyIdIn, readOpaqueToken, writeOpaqueToken } from '#src/keys/opaque-token.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import type { World } from '#src/world/world.ts'

/** A page handle as the browser holds it. Its MAC is checked before any query, so that guesses cost none. */
export function writePageHandle({ keys }: World, handle: string): string {
  return writeOpaqueToken(keys, 'page_session', handle)
}

/**
 * Reads a page handle with a key ring that is not older than the lease, because another node may have made or
 * revoked the key a moment ago. Returns undefined for anything that we did not write.
 */
export async function recognizePageHandle(world: World, text: string): Promise<string | undefined> {
  const keyId = keyIdIn(text)
  if (keyId === undefined) return undefined
  if (!world.keys.has(keyId)) await world.keys.lookAgain()
  await revocationNode(world).ensureLease()
  return readOpaqueToken(world.keys, 'page_session', text)
}
