import { timingSafeEqual } from 'node:crypto'
import { type KeyRing, macOf } from '#src/keys/key-ring.ts'

/** The purpose of a token. It is part of the MAC, so that a token is valid for one purpose only. */
export type TokenPurpose =
  | 'mfa_token'
  | 'page_session'
  | 'email_link'
  | 'reset_link'
  | 'known_browser'
  | 'trusted_device'

const form = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{8})([A-Za-z0-9_-]{22})$/

/**
 * Returns a 128-bit random secret as a token that is recognized without a query: `<secret>.<key id><mac>`. A
 * guess costs the server a MAC and no database lookup.
 */
export function writeOpaqueToken(keys: KeyRing, purpose: TokenPurpose, secret: string): string {
  const key = keys.macKey()
  return `${secret}.${key.id}${macOf(key, `${purpose}:${secret}`)}`
}

/** Returns the id of the key in a token, if it is well-formed. */
export function keyIdIn(text: string): string | undefined {
  return form.exec(text)?.[2]
}

/** Returns the secret of a valid token, or undefined for anything else. */
export function readOpaqueToken(keys: KeyRing, purpose: TokenPurpose, text: string): string | undefined {
  const [, secret, keyId, mac] = form.exec(text) ?? []
  const key = keyId === undefined ? undefined : keys.macKeyById(keyId)
  if (secret === undefined || mac === undefined || !key) return undefined
  const expected = macOf(key, `${purpose}:${secret}`)
  return timingSafeEqual(Buffer.from(mac), Buffer.from(expected)) ? secret : undefined
}
