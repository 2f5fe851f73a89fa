import { hkdfSync } from 'node:crypto'
import { decrypt, encrypt } from '#src/keys/encryption.ts'
import type { MacKey } from '#src/keys/key.ts'
import type { KeyRing } from '#src/keys/key-ring.ts'
import type { Random } from '#src/platform/random.ts'

/** The purpose of a sealed value, and the row that it belongs to. It opens only with the same label. */
export type SealLabel = { readonly purpose: SealPurpose; readonly id: string }

type SealPurpose =
  | 'user_key'
  | 'outbox_payload'
  | 'totp_secret'
  | 'new_password'
  | 'oidc_record'
  | 'subject_salt'

/** A sealed value cannot be opened: it was changed, belongs to another row, or its key is not in the ring. */
export class CannotUnseal extends Error {
  override name = 'CannotUnseal'
}

/**
 * Encrypts a secret that must be read again, to be stored in the database. The key is derived from the
 * current MAC key of the ring: `sigil key reseal` and `sigil key rotate` do not have to change existing
 * values, because the ring keeps every MAC key.
 */
export function seal(
  { keys, random }: { keys: Pick<KeyRing, 'macKey'>; random: Random },
  label: SealLabel,
  plain: Buffer | string,
): string {
  const key = keys.macKey()
  const bytes = encrypt(sealingKeyOf(key), contextOf(label), Buffer.from(plain), random)
  return `${key.id}.${bytes.toString('base64url')}`
}

/** Returns the sealed bytes. Throws `CannotUnseal`. */
export function unseal(
  { keys }: { keys: Pick<KeyRing, 'macKeyEver'> },
  label: SealLabel,
  sealed: string,
): Buffer {
  const [keyId = '', bytes = ''] = sealed.split('.')
  const key = keys.macKeyEver(keyId)
  if (!key) throw new CannotUnseal(`The key ring has no key ${keyId}, which sealed a ${label.purpose}.`)
  const plain = decrypt(sealingKeyOf(key), contextOf(label), Buffer.from(bytes, 'base64url'))
  if (!plain) throw new CannotUnseal(`The ${label.purpose} of ${label.id} was changed or moved.`)
  return plain
}

/** RFC 5869: a derived encryption key, from which the MAC key cannot be computed. */
function sealingKeyOf({ secret }: MacKey): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'sigil seal', 32))
}

/** As JSON, so that different labels never have the same text. */
function contextOf({ purpose, id }: SealLabel): string {
  return JSON.stringify([purpose, id])
}
