import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '#src/platform/random.ts'

export function newSecret(random: Random): string {
  return `sgs_${random.bytes(32).toString('base64url')}`
}

/** A secret has 256 random bits, so its hash needs neither a salt nor a slow function. */
export function secretHashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** Whether the string is one of the secrets of an app. */
export function isSecretIn(hashes: readonly string[], presented: string): boolean {
  const hash = Buffer.from(secretHashOf(presented))
  return hashes.some((known) => timingSafeEqual(Buffer.from(known), hash))
}
