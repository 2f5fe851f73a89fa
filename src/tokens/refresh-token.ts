import { timingSafeEqual } from 'node:crypto'
import { type KeyRing, macOf } from '#src/keys/key-ring.ts'

/** `sgr_<handle>.<counter>.<mac>`: 128 random bits of the session, its refresh counter, and a MAC of both. */
export type RefreshToken = { readonly handle: string; readonly counter: number }

const form = /^sgr_([A-Za-z0-9_-]{22})\.(0|[1-9][0-9]{0,14})\.([A-Za-z0-9_-]{8})([A-Za-z0-9_-]{22})$/

/** Returns the same text for the same handle and counter until the MAC key is rotated. */
export function writeRefreshToken(keys: KeyRing, { handle, counter }: RefreshToken): string {
  const key = keys.macKey()
  const message = `sgr_${handle}.${counter}`
  return `${message}.${key.id}${macOf(key, message)}`
}

/** The id of the MAC key of a token; undefined if the text is not a well-formed refresh token. */
export function macKeyNamedIn(text: string): string | undefined {
  return form.exec(text)?.[3]
}

/** Checked before any SQL, so that guesses cost no query. Undefined if we did not issue the token. */
export function readRefreshToken(keys: KeyRing, text: string): RefreshToken | undefined {
  const [, handle, counter, keyId, mac] = form.exec(text) ?? []
  if (!handle || !counter || !keyId || !mac) return undefined
  const key = keys.macKeyById(keyId)
  if (!key) return undefined
  const expected = macOf(key, `sgr_${handle}.${counter}`)
  return timingSafeEqual(Buffer.from(mac), Buffer.from(expected))
    ? { handle, counter: Number(counter) }
    : undefined
}
