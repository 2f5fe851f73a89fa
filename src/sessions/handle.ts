import { createHash } from 'node:crypto'

/**
 * The hash under which a random 128-bit secret is stored, so that a copy of the database grants no access.
 * Random secrets need no salt.
 */
export function hashOf(handle: string): string {
  return createHash('sha256').update(handle).digest('base64url')
}
