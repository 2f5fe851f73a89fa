import { createHash } from 'node:crypto'
import type { Random } from '#src/platform/random.ts'

/** Crockford's base 32: without I, L, O and U, which are easily misread. */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const groups = 3
const perGroup = 5

/** The number of codes in a set. */
export const setSize = 10

/** A code such as `7G4KQ-0XZ5M-TB2WD`: 75 random bits, so its plain hash cannot be searched. */
export function newCode(random: Random): string {
  const bytes = [...random.bytes(groups * perGroup)]
  const all = bytes.map((byte) => letters[byte % letters.length]).join('')
  return Array.from({ length: groups }, (_, at) => all.slice(at * perGroup, (at + 1) * perGroup)).join('-')
}

/** The stored form of a code. Case, spaces, dashes and letters that look like digits do not matter. */
export function codeHashOf(userId: string, typed: string): string {
  const code = typed
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  return createHash('sha256').update(`${userId}:${code}`).digest('base64url')
}
