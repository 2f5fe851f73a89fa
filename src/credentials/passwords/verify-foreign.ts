import { createCipheriv, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type ForeignHash, readForeignHash, type Scrypt } from '#src/credentials/passwords/foreign-hash.ts'
import { normalizePassword } from '#src/credentials/passwords/password.ts'

const pbkdf2Later = promisify(pbkdf2)

/**
 * Whether the password is the one of a hash that another system made, on a thread that is not ours. The
 * password is taken as it was typed, as those systems took it.
 */
export async function verifyForeign(stored: string, password: string): Promise<boolean> {
  const hash = readForeignHash(stored)
  // What was imported could be read; what cannot be now was not written by us, and must not be tried.
  if (hash.kind === 'unreadable') throw new Error(`A stored password hash cannot be checked: ${hash.why}`)
  return isMadeOf(hash, password)
}

/**
 * bcrypt looks at the first 72 bytes of a password only. Whoever types more may have mistyped the rest, and a
 * new hash of all of it would shut out who typed it right before: such a hash stays as it is.
 */
export function sawWholePassword(stored: string, password: string): boolean {
  return !/^\$2[aby]\$/.test(stored) || Buffer.byteLength(password) <= 72
}

async function isMadeOf(hash: ForeignHash, password: string): Promise<boolean> {
  switch (hash.kind) {
    case 'bcrypt': {
      const { verify } = await import('@node-rs/bcrypt')
      return verify(password, hash.text)
    }
    case 'argon2': {
      const { verify } = await import('@node-rs/argon2')
      return verify(hash.text, normalizePassword(password))
    }
    case 'pbkdf2-sha256': {
      const made = await pbkdf2Later(password, hash.salt, hash.rounds, hash.key.length, 'sha256')
      return timingSafeEqual(made, hash.key)
    }
    case 'scrypt':
      return timingSafeEqual(await scryptOf(hash, password, hash.key.length), hash.key)
    case 'better-auth':
      return timingSafeEqual(
        await scryptOf(hash, normalizePassword(password, 'NFKC'), hash.key.length),
        hash.key,
      )
    case 'firebase-scrypt': {
      const key = await scryptOf(hash, password, 32)
      const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(
        Buffer.alloc(hash.key.length),
      )
      return timingSafeEqual(stream, hash.key)
    }
  }
}

function scryptOf(
  { cost, blockSize, lanes, salt }: Scrypt,
  password: string,
  length: number,
): Promise<Buffer> {
  // As much as RFC 7914 section 6 needs, and a little for what the library keeps beside it.
  const maxmem = 128 * blockSize * (cost + lanes + 2) + 1024 * 1024
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  scrypt(password, salt, length, { cost, blockSize, parallelization: lanes, maxmem }, (error, key) =>
    error ? reject(error) : resolve(key),
  )
  return promise
}
