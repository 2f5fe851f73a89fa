/**
 * A hash from another system. Once it has proven a password, the password is hashed again with current
 * parameters.
 */
export type ForeignHash =
  | { readonly kind: 'bcrypt' | 'argon2'; readonly text: string }
  /** bcrypt of the SHA-256 of the password in hexadecimal, as Django computes it. */
  | { readonly kind: 'bcrypt-sha256'; readonly text: string }
  | ({ readonly kind: `pbkdf2-${Digest}` } & Pbkdf2)
  | { readonly kind: 'sha512-crypt'; readonly rounds: number; readonly salt: string; readonly key: Buffer }
  | (Scrypt & { readonly kind: 'scrypt' | 'better-auth' | 'firebase-scrypt' })

export type Digest = 'sha1' | 'sha256' | 'sha512'

export type Pbkdf2 = {
  readonly digest: Digest
  readonly rounds: number
  readonly salt: Buffer
  readonly key: Buffer
}

export type Scrypt = {
  readonly cost: number
  readonly blockSize: number
  readonly lanes: number
  readonly salt: Buffer
  readonly key: Buffer
}

export type Unreadable = { readonly kind: 'unreadable'; readonly why: string }

/** One check of one guess takes at most about a second and 128 MiB. */
export const bounds = {
  bcryptCost: 14,
  pbkdf2Rounds: 2_000_000,
  argon2KiB: 131_072,
  argon2Passes: 8,
  scryptMemory: 2 ** 20,
  scryptWork: 2 ** 21,
  sha512CryptRounds: 1_000_000,
  saltBytes: 1024,
} as const

const keyLengths = { sha1: 20, sha256: 32, sha512: 64 } as const

/** An empty `rounds` means that the text was not in the format of its system. */
export function pbkdf2Of(parts: {
  readonly digest: Digest
  readonly rounds: string
  readonly salt: Buffer | undefined
  readonly key: Buffer | undefined
}): ForeignHash | Unreadable {
  const { digest, salt, key } = parts
  if (parts.rounds === '' || !salt || key?.length !== keyLengths[digest]) return incomplete('pbkdf2')
  const rounds = Number(parts.rounds)
  if (rounds > bounds.pbkdf2Rounds) return no(`it has more than ${bounds.pbkdf2Rounds} rounds`)
  return salt.length > bounds.saltBytes
    ? saltTooLong
    : { kind: `pbkdf2-${digest}`, digest, rounds, salt, key }
}

export function scryptWithin(
  costs: Scrypt & { readonly kind: 'scrypt' | 'firebase-scrypt' },
): ForeignHash | Unreadable {
  // RFC 7914 section 6: the cost has fewer bits than a block.
  if (Math.log2(costs.cost) >= 16 * costs.blockSize) return no('its cost is more than its block size allows')
  const isSmall = costs.cost * costs.blockSize <= bounds.scryptMemory
  const isQuick = costs.cost * costs.blockSize * costs.lanes <= bounds.scryptWork
  if (!isSmall || !isQuick) return no('it takes more memory or time than a sign-in may')
  return costs
}

export function no(why: string): Unreadable {
  return { kind: 'unreadable', why }
}

export function incomplete(format: string): Unreadable {
  return no(`it is not a complete ${format} hash`)
}

export const saltTooLong = no(`its salt is longer than ${bounds.saltBytes} bytes`)

/** Base64 with or without padding, in any of its alphabets, including passlib's. */
export function bytesOf(text: string): Buffer | undefined {
  const plain = text.replace(/=+$/, '').replaceAll('.', '+').replaceAll('-', '+').replaceAll('_', '/')
  const bytes = Buffer.from(plain, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === plain ? bytes : undefined
}
