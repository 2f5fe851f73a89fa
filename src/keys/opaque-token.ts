import { timingSafeEqual } from 'node:crypto'
import { type KeyRing, macOf } from '#src/keys/key-ring.ts'

/** What a token is for. It is part of the MAC, so that a token of one purpose never passes for another. */
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
 * guess costs the server a MAC and no look-up.
 */
export function writeOpaqueToken(keys: KeyRing, purpose: TokenPurpose, secret: string): string {
  const key = keys.macKey()
  return `${secret}.${key.id}${macOf(key, `${purpose}:${secret}`)}`
}

/** Returns the id of the key that a token names, if it has the form of one. */
export function keyIdIn(text: string): string | undefined {
  return form.exec(text)?.[2]
}

/** Returns the secret of a token of ours, or undefined for anything else. */
export function readOpaqueToken(keys: KeyRing, purpose: TokenPurpose, text: string): string | undefined {
  const [, secret, keyId, mac] = form.exec(text) ?? []
  const key = keyId === undefined ? undefined : keys.macKeyById(keyId)
  if (secret === undefined || mac === undefined || !key) return undefined
  const expected = macOf(key, `${purpose}:${secret}`)
  return timingSafeEqual(Buffer.from(mac), Buffer.from(expected)) ? secret : undefined
}
