import { timingSafeEqual } from 'node:crypto'
import { type KeyRing, macOf } from '#src/keys/key-ring.ts'
import { readOpaqueToken } from '#src/keys/opaque-token.ts'

/**
 * The six digits of a link. They are derived from its secret, so that a page can show them to a visitor with
 * the link, and the database stores neither.
 */
export function codeOfSecret(keys: KeyRing, secret: string): string {
  const bytes = Buffer.from(macOf(keys.macKey(), `email_digits:${secret}`), 'base64url')
  return String(bytes.readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
}

/** The digits of a link that this server issued; undefined for anything else. */
export function codeOfLink(keys: KeyRing, token: string): string | undefined {
  const secret = readOpaqueToken(keys, 'email_link', token)
  return secret === undefined ? undefined : codeOfSecret(keys, secret)
}

/** The stored form of a code. Six digits could be guessed from a plain hash. */
export function codeMacOf(keys: KeyRing, id: string, code: string): string {
  const key = keys.macKey()
  return key.id + macOf(key, `email_code:${id}:${code}`)
}

export function isCodeOf(
  keys: KeyRing,
  { id, codeMac }: { id: string; codeMac: string },
  code: string,
): boolean {
  const key = keys.macKeyById(codeMac.slice(0, 8))
  if (!key) return false
  const expected = Buffer.from(key.id + macOf(key, `email_code:${id}:${code}`))
  const stored = Buffer.from(codeMac)
  return stored.length === expected.length && timingSafeEqual(stored, expected)
}
