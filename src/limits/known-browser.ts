import { timingSafeEqual } from 'node:crypto'
import { type KeyRing, macOf } from '#src/keys/key-ring.ts'
import type { Instant } from '#src/platform/clock.ts'
import { type Random, randomId } from '#src/platform/random.ts'

/** A cookie of a browser that has signed in before. It grants no access, only a separate limit. */
export type KnownBrowser = { readonly userId: string; readonly id: string }

/**
 * The user of the cookie. Rotating the signature, for example by a new password, invalidates all cookies of
 * the user.
 */
type Owner = { readonly id: string; readonly signature: string }

function messageOf(text: string, { signature }: Owner): string {
  return `known_browser:${signature}:${text}`
}

export const knownForSeconds = 365 * 24 * 60 * 60

const form =
  /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})\.([1-9][0-9]{0,11})\.([A-Za-z0-9_-]{8})([A-Za-z0-9_-]{22})$/

/** `<user>.<browser>.<created at, in seconds>.<key><mac>`; every sign-in sets a new one. */
export function writeKnownBrowser(
  { keys, random }: { keys: KeyRing; random: Random },
  { user, now }: { user: Owner; now: Instant },
): string {
  const key = keys.macKey()
  const text = `${user.id}.${randomId(random)}.${Math.floor(now / 1000)}`
  return `${text}.${key.id}${macOf(key, messageOf(text, user))}`
}

/**
 * Returns undefined for a cookie that belongs to another user, has expired, or is older than the signature.
 */
export function readKnownBrowser(
  keys: KeyRing,
  { text, user, now }: { text: string; user: Owner; now: Instant },
): KnownBrowser | undefined {
  const [, userId, id, createdAt, keyId, mac] = form.exec(text) ?? []
  if (userId !== user.id || !id || !createdAt || !keyId || !mac) return undefined
  const key = keys.macKeyById(keyId)
  if (!key) return undefined
  const expected = macOf(key, messageOf(`${userId}.${id}.${createdAt}`, user))
  if (!timingSafeEqual(Buffer.from(mac), Buffer.from(expected))) return undefined
  return Number(createdAt) + knownForSeconds > now / 1000 ? { userId, id } : undefined
}
