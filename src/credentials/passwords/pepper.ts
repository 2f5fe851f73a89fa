import { hkdfSync } from 'node:crypto'
import type { MacKey } from '#src/keys/key.ts'
import type { KeyRing } from '#src/keys/key-ring.ts'

/**
 * argon2id with a secret that is not in the database, identified by the parameter `keyid` of the PHC format.
 */
const keyId = /,keyid=([\w-]{1,16})\$/

/**
 * The secret of a hash (argon2's K, a pepper): derived from a MAC key of the ring, which keeps all of them. A
 * copy of the database without the master key is then useless for guessing passwords.
 */
export function currentPepper({ keys }: { keys: KeyRing }): { id: string; secret: Buffer } {
  const key = keys.macKey()
  return { id: key.id, secret: secretOf(key) }
}

/** A stored hash in the format of the library, and its secret. Undefined if the ring has no such key. */
export function readPepper(
  { keys }: { keys: KeyRing },
  stored: string,
): { hash: string; id: string | undefined; secret: Buffer | undefined } | undefined {
  const id = keyId.exec(stored)?.[1]
  if (id === undefined) return { hash: stored, id, secret: undefined }
  const key = keys.macKeyEver(id)
  return key && { hash: stored.replace(keyId, '$'), id, secret: secretOf(key) }
}

/** Adds the id of the secret to a hash that the library computed with it. */
export function withKeyId(hash: string, id: string): string {
  return hash.replace(/(,p=\d+)\$/, `$1,keyid=${id}$$`)
}

/** RFC 5869: a derived secret, from which the MAC key cannot be computed. */
function secretOf({ secret }: MacKey): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'sigil password', 32))
}
