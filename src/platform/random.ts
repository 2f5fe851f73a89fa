import { randomBytes } from 'node:crypto'

/** The only source of randomness. Tests may pass a seeded one. */
export type Random = {
  bytes(count: number): Buffer
}

export const systemRandom: Random = { bytes: (count) => randomBytes(count) }

/** 128 random bits in 22 characters of base64url: ids, signatures, handles. */
export function randomId(random: Random): string {
  return random.bytes(16).toString('base64url')
}
