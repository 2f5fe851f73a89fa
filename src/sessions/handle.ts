import { createHash } from 'node:crypto'

/**
 * What is stored of a 128-bit random handle: who reads the database cannot use it. No salt is needed for
 * chance.
 */
export function hashOf(handle: string): string {
  return createHash('sha256').update(handle).digest('base64url')
}
