import { keyIdIn, readOpaqueToken, writeOpaqueToken } from '#src/keys/opaque-token.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import type { World } from '#src/world/world.ts'

/**
 * A page handle in the form of the browser's cookie. Its MAC is checked before any query, so that guesses
 * cost no query.
 */
export function writePageHandle({ keys }: World, handle: string): string {
  return writeOpaqueToken(keys, 'page_session', handle)
}

/**
 * Reads a page handle with a key ring that is not older than the lease, because another node may have just
 * created or revoked the key. Returns undefined for anything that we did not issue.
 */
export async function recognizePageHandle(world: World, text: string): Promise<string | undefined> {
  const keyId = keyIdIn(text)
  if (keyId === undefined) return undefined
  if (!world.keys.has(keyId)) await world.keys.lookAgain()
  await revocationNode(world).ensureLease()
  return readOpaqueToken(world.keys, 'page_session', text)
}
