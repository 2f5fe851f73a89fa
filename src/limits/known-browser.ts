import { timingSafeEqual } from 'node:crypto'
import { type KeyRing, macOf } from '#src/keys/key-ring.ts'
import type { Instant } from '#src/platform/clock.ts'
import { type Random, randomId } from '#src/platform/random.ts'

/** A cookie of a browser that has signed in before. It grants no access, only a limit of its own. */
export type KnownBrowser = { readonly userId: string; readonly id: string }

export const knownForSeconds = 365 * 24 * 60 * 60

const form =
  /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})\.([1-9][0-9]{0,11})\.([A-Za-z0-9_-]{8})([A-Za-z0-9_-]{22})$/

/** `<user>.<browser>.<created at, in seconds>.<key><mac>`; every sign-in sets a new one. */
export function writeKnownBrowser(
  { keys, random }: { keys: KeyRing; random: Random },
  { userId, now }: { userId: string; now: Instant },
): string {
  const key = keys.macKey()
  const message = `${userId}.${randomId(random)}.${Math.floor(now / 1000)}`
  return `${message}.${key.id}${macOf(key, `known_browser:${message}`)}`
}

/** Returns undefined if this server did not write it or it is too old. */
export function readKnownBrowser(keys: KeyRing, text: string, now: Instant): KnownBrowser | undefined {
  const [, userId, id, createdAt, keyId, mac] = form.exec(text) ?? []
  if (!userId || !id || !createdAt || !keyId || !mac) return undefined
  const key = keys.macKeyById(keyId)
  if (!key) return undefined
  const expected = macOf(key, `known_browser:${userId}.${id}.${createdAt}`)
  if (!timingSafeEqual(Buffer.from(mac), Buffer.from(expected))) return undefined
  return Number(createdAt) + knownForSeconds > now / 1000 ? { userId, id } : undefined
}
