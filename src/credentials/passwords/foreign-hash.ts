/**
 * A hash that another system made. It is only ever held against a password; what proves right is hashed anew.
 */
export type ForeignHash =
  | { readonly kind: 'bcrypt' | 'argon2'; readonly text: string }
  | { readonly kind: 'pbkdf2-sha256'; readonly rounds: number; readonly salt: Buffer; readonly key: Buffer }
  | (Scrypt & { readonly kind: 'scrypt' | 'better-auth' | 'firebase-scrypt' })

export type Scrypt = {
  readonly cost: number
  readonly blockSize: number
  readonly lanes: number
  readonly salt: Buffer
  readonly key: Buffer
}

export type Unreadable = { readonly kind: 'unreadable'; readonly why: string }

/** One check of one guess may take so much, and no more: about a second, and 128 MiB. */
const bounds = {
  bcryptCost: 14,
  pbkdf2Rounds: 2_000_000,
  argon2KiB: 131_072,
  argon2Passes: 8,
  scryptMemory: 2 ** 20,
  scryptWork: 2 ** 21,
  saltBytes: 1024,
} as const

/** Reads a hash as it is stored, and says why where it cannot be checked, or would cost too much to check. */
export function readForeignHash(text: string): ForeignHash | Unreadable {
  const [, name = ''] = text.split('$')
  if (/^2[aby]$/.test(name)) return bcrypt(text)
  if (name === 'pbkdf2-sha256') return pbkdf2(text)
  if (name === 'scrypt' || name === 'firebase-scrypt') return scrypt(text, name)
  if (/^argon2(?:id|i|d)$/.test(name)) return argon2(text)
  if (/^[0-9a-f]{32}:[0-9a-f]{128}$/.test(text)) return betterAuth(text)
  return no('it is no hash that can be checked here')
}

function bcrypt(text: string): ForeignHash | Unreadable {
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? []
  if (cost === undefined) return no('it is no whole bcrypt hash')
  const isBounded = Number(cost) >= 4 && Number(cost) <= bounds.bcryptCost
  return isBounded ? { kind: 'bcrypt', text } : no(`its cost is not between 4 and ${bounds.bcryptCost}`)
}

/** As passlib writes it, in its own base64. */
function pbkdf2(text: string): ForeignHash | Unreadable {
  const [, digits, salted = '', hashed = ''] = /^\$[^$]+\$([1-9]\d{0,9})\$([^$]*)\$([^$]+)$/.exec(text) ?? []
  const [salt, key] = [bytesOf(salted), bytesOf(hashed)]
  if (digits === undefined || !salt || key?.length !== 32) return no('it is no whole pbkdf2_sha256 hash')
  const rounds = Number(digits)
  if (rounds > bounds.pbkdf2Rounds) return no(`it has more than ${bounds.pbkdf2Rounds} rounds`)
  return salt.length > bounds.saltBytes ? saltTooLong : { kind: 'pbkdf2-sha256', rounds, salt, key }
}

/** `$scrypt$ln=LOG2_OF_N,r=R,p=P$SALT$HASH`, in base64 without padding. */
function scrypt(text: string, kind: 'scrypt' | 'firebase-scrypt'): ForeignHash | Unreadable {
  const form = /^\$[^$]+\$ln=([1-9]\d?),r=([1-9]\d{0,6}),p=([1-9]\d{0,6})\$([^$]*)\$([^$]+)$/
  const [, ln, r, p, salted = '', hashed = ''] = form.exec(text) ?? []
  const [salt, key] = [bytesOf(salted), bytesOf(hashed)]
  const isWhole = ln !== undefined && salt && key && key.length >= 16 && key.length <= 128
  if (!isWhole) return no(`it is no whole ${kind} hash`)
  const costs = { cost: 2 ** Number(ln), blockSize: Number(r), lanes: Number(p) }
  // RFC 7914 section 6: the cost has fewer bits than a block.
  if (Number(ln) >= 16 * costs.blockSize) return no('its cost is more than its block size allows')
  const isSmall = costs.cost * costs.blockSize <= bounds.scryptMemory
  const isQuick = costs.cost * costs.blockSize * costs.lanes <= bounds.scryptWork
  if (!isSmall || !isQuick) return no('it takes more memory or time than a sign-in may')
  return salt.length > bounds.saltBytes ? saltTooLong : { kind, ...costs, salt, key }
}

/** `SALT:HASH` in hexadecimal. The salt is its text, and not the bytes that the text tells. */
function betterAuth(text: string): ForeignHash {
  const [salt = '', key = ''] = text.split(':')
  const costs = { cost: 16_384, blockSize: 16, lanes: 1 }
  return { kind: 'better-auth', ...costs, salt: Buffer.from(salt), key: Buffer.from(key, 'hex') }
}

function argon2(text: string): ForeignHash | Unreadable {
  const form = /^\$[^$]+\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
  const [, memory, passes, lanes, salt = '', key = ''] = form.exec(text) ?? []
  const isWhole = memory !== undefined && salt.length >= 11 && key.length >= 16 && key.length <= 128
  if (!isWhole) return no('it is no whole argon2 hash')
  const [m, t, p] = [Number(memory), Number(passes), Number(lanes)]
  // RFC 9106 section 3.1: at least one pass and one lane, and eight blocks for each lane.
  if (t < 1 || p < 1 || m < 8 * p) return no('its parameters are below what argon2 allows')
  const isBounded = m <= bounds.argon2KiB && m * t <= bounds.argon2KiB * bounds.argon2Passes && p <= 16
  if (!isBounded) return no('it takes more memory or time than a sign-in may')
  return salt.length > bounds.saltBytes ? saltTooLong : { kind: 'argon2', text }
}

function no(why: string): Unreadable {
  return { kind: 'unreadable', why }
}

const saltTooLong = no(`its salt is longer than ${bounds.saltBytes} bytes`)

/** Base64 with or without padding, in the letters of any of its kinds, those of passlib too. */
export function bytesOf(text: string): Buffer | undefined {
  const plain = text.replace(/=+$/, '').replaceAll('.', '+').replaceAll('-', '+').replaceAll('_', '/')
  const bytes = Buffer.from(plain, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === plain ? bytes : undefined
}
