import type { ForeignHash, Pbkdf2, Unreadable } from '#src/credentials/passwords/hash-limits.ts'
import {
  bounds,
  bytesOf,
  incomplete,
  pbkdf2Of,
  scryptWithin,
} from '#src/credentials/passwords/hash-limits.ts'

/** `pbkdf2_sha256$ROUNDS$SALT$BASE64`, as Django writes it. The salt is text. */
export function djangoPbkdf2(text: string): ForeignHash | Unreadable {
  const [, digest = '', rounds = '', salt = '', hashed = ''] =
    /^pbkdf2_(sha1|sha256)\$([1-9]\d{0,9})\$([^$]+)\$([^$]+)$/.exec(text) ?? []
  const key = bytesOf(hashed)
  return pbkdf2Of({ digest: digest as Pbkdf2['digest'], rounds, salt: Buffer.from(salt), key })
}

/** `scrypt$N$SALT$R$P$BASE64`, as Django writes it. */
export function djangoScrypt(text: string): ForeignHash | Unreadable {
  const [, n, salt = '', r, p, hashed = ''] =
    /^scrypt\$([1-9]\d{0,9})\$([^$]+)\$([1-9]\d{0,3})\$([1-9]\d{0,3})\$([^$]+)$/.exec(text) ?? []
  return scryptOf({ n, r, p, salt, key: bytesOf(hashed) })
}

/** `pbkdf2:sha256:ROUNDS$SALT$HEX`, as Werkzeug writes it. Old releases omit the rounds. */
export function werkzeugPbkdf2(text: string): ForeignHash | Unreadable {
  const [, digest = '', rounds = '', salt = '', hashed = ''] =
    /^pbkdf2:(sha1|sha256|sha512):([1-9]\d{0,9})\$([^$]+)\$([0-9a-f]+)$/.exec(text) ?? []
  const key = Buffer.from(hashed, 'hex')
  return pbkdf2Of({ digest: digest as Pbkdf2['digest'], rounds, salt: Buffer.from(salt), key })
}

/** `scrypt:N:R:P$SALT$HEX`, as Werkzeug writes it. */
export function werkzeugScrypt(text: string): ForeignHash | Unreadable {
  const [, n, r, p, salt = '', hashed = ''] =
    /^scrypt:([1-9]\d{0,9}):([1-9]\d{0,3}):([1-9]\d{0,3})\$([^$]+)\$([0-9a-f]+)$/.exec(text) ?? []
  return scryptOf({ n, r, p, salt, key: Buffer.from(hashed, 'hex') })
}

type Numbers = {
  n: string | undefined
  r: string | undefined
  p: string | undefined
  salt: string
  key: Buffer | undefined
}

function scryptOf({ n, r, p, salt, key }: Numbers): ForeignHash | Unreadable {
  const cost = Number(n)
  const isPower = Number.isInteger(Math.log2(cost)) && cost > 1
  if (!isPower || key?.length !== 64 || Buffer.byteLength(salt) > bounds.saltBytes)
    return incomplete('scrypt')
  const costs = { cost, blockSize: Number(r), lanes: Number(p) }
  return scryptWithin({ kind: 'scrypt', ...costs, salt: Buffer.from(salt), key })
}
