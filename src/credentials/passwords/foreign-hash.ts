import {
  bounds,
  bytesOf,
  type Digest,
  type ForeignHash,
  incomplete,
  no,
  pbkdf2Of,
  saltTooLong,
  scryptWithin,
  type Unreadable,
} from '#src/credentials/passwords/hash-limits.ts'
import {
  djangoPbkdf2,
  djangoScrypt,
  werkzeugPbkdf2,
  werkzeugScrypt,
} from '#src/credentials/passwords/python-hash.ts'
import { sha512CryptKey } from '#src/credentials/passwords/sha512-crypt.ts'
import { unsupportedFormat } from '#src/credentials/passwords/unsupported-hash.ts'

/** Parses a stored hash, or returns why it cannot be checked or would cost too much to check. */
export function readForeignHash(text: string): ForeignHash | Unreadable {
  const reader = readers.find(([prefix]) => prefix.test(text))?.[1]
  if (reader) return reader(text)
  const format = unsupportedFormat(text)
  return no(format === undefined ? 'its format is unknown' : `it is ${format}`)
}

type Reads = (text: string) => ForeignHash | Unreadable

/** Parses the formats, by their prefix. */
const readers: readonly (readonly [begins: RegExp, reads: Reads])[] = [
  [/^\$2[aby]\$/, bcrypt],
  [/^\$pbkdf2-sha(?:256|512)\$/, pbkdf2],
  [/^\$scrypt\$/, (text) => scrypt(text, 'scrypt')],
  [/^\$firebase-scrypt\$/, (text) => scrypt(text, 'firebase-scrypt')],
  [/^\$argon2(?:id|i|d)\$/, argon2],
  [/^\$6\$/, sha512Crypted],
  // Django prefixes the name of its hasher.
  [/^argon2\$/, (text) => argon2(text.slice('argon2'.length))],
  [/^bcrypt\$/, (text) => bcrypt(text.slice('bcrypt$'.length))],
  [/^bcrypt_sha256\$/, djangoBcryptSha256],
  [/^pbkdf2_sha/, djangoPbkdf2],
  [/^scrypt\$/, djangoScrypt],
  [/^pbkdf2:/, werkzeugPbkdf2],
  [/^scrypt:/, werkzeugScrypt],
  [/^[0-9a-f]{32}:[0-9a-f]{128}$/, betterAuth],
]

function djangoBcryptSha256(text: string): ForeignHash | Unreadable {
  const read = bcrypt(text.slice('bcrypt_sha256$'.length))
  return read.kind === 'bcrypt' ? { ...read, kind: 'bcrypt-sha256' } : read
}

/** `$6$rounds=N$SALT$HASH` of crypt(3); without `rounds` it has 5000. */
function sha512Crypted(text: string): ForeignHash | Unreadable {
  const form = /^\$6\$(?:rounds=([1-9]\d{3,8})\$)?([^$:\n]{0,16})\$([^$]+)$/
  const [, digits = '5000', salt, hashed = ''] = form.exec(text) ?? []
  const key = sha512CryptKey(hashed)
  if (salt === undefined || !key) return incomplete('SHA-512-crypt')
  const rounds = Number(digits)
  const { sha512CryptRounds: max } = bounds
  return rounds > max ? no(`it has more than ${max} rounds`) : { kind: 'sha512-crypt', rounds, salt, key }
}

function bcrypt(text: string): ForeignHash | Unreadable {
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? []
  if (cost === undefined) return incomplete('bcrypt')
  const isBounded = Number(cost) >= 4 && Number(cost) <= bounds.bcryptCost
  return isBounded ? { kind: 'bcrypt', text } : no(`its cost is not between 4 and ${bounds.bcryptCost}`)
}

/** As passlib writes it, in its own base64. */
function pbkdf2(text: string): ForeignHash | Unreadable {
  const form = /^\$pbkdf2-(sha256|sha512)\$([1-9]\d{0,9})\$([^$]*)\$([^$]+)$/
  const [, digest = '', rounds = '', salted = '', hashed = ''] = form.exec(text) ?? []
  return pbkdf2Of({ digest: digest as Digest, rounds, salt: bytesOf(salted), key: bytesOf(hashed) })
}

/** `$scrypt$ln=LOG2_OF_N,r=R,p=P$SALT$HASH`, in base64 without padding. */
function scrypt(text: string, kind: 'scrypt' | 'firebase-scrypt'): ForeignHash | Unreadable {
  const form = /^\$[^$]+\$ln=([1-9]\d?),r=([1-9]\d{0,6}),p=([1-9]\d{0,6})\$([^$]*)\$([^$]+)$/
  const [, ln, r, p, salted = '', hashed = ''] = form.exec(text) ?? []
  const [salt, key] = [bytesOf(salted), bytesOf(hashed)]
  const isWhole = ln !== undefined && salt && key && key.length >= 16 && key.length <= 128
  if (!isWhole) return incomplete(kind)
  const costs = { cost: 2 ** Number(ln), blockSize: Number(r), lanes: Number(p) }
  return salt.length > bounds.saltBytes ? saltTooLong : scryptWithin({ kind, ...costs, salt, key })
}

/** `SALT:HASH` in hexadecimal. The salt is the text itself, not the bytes that it encodes. */
function betterAuth(text: string): ForeignHash {
  const [salt = '', key = ''] = text.split(':')
  const costs = { cost: 16_384, blockSize: 16, lanes: 1 }
  return { kind: 'better-auth', ...costs, salt: Buffer.from(salt), key: Buffer.from(key, 'hex') }
}

function argon2(text: string): ForeignHash | Unreadable {
  const form = /^\$[^$]+\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
  const [, memory, passes, lanes, salt = '', key = ''] = form.exec(text) ?? []
  const isWhole = memory !== undefined && salt.length >= 11 && key.length >= 16 && key.length <= 128
  if (!isWhole) return incomplete('argon2')
  const [m, t, p] = [Number(memory), Number(passes), Number(lanes)]
  // RFC 9106 section 3.1: at least one pass and one lane, and eight blocks for each lane.
  if (t < 1 || p < 1 || m < 8 * p) return no('its parameters are below what argon2 allows')
  const isBounded = m <= bounds.argon2KiB && m * t <= bounds.argon2KiB * bounds.argon2Passes && p <= 16
  if (!isBounded) return no('it takes more memory or time than a sign-in may')
  return salt.length > bounds.saltBytes ? saltTooLong : { kind: 'argon2', text }
}
