import { createCipheriv, hash as digestOf, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { readForeignHash } from '#src/credentials/passwords/foreign-hash.ts'
import type { ForeignHash, Scrypt } from '#src/credentials/passwords/hash-limits.ts'
import { normalizePassword } from '#src/credentials/passwords/password.ts'
import type { Sha512Crypt } from '#src/credentials/passwords/sha512-crypt.ts'

const pbkdf2Later = promisify(pbkdf2)

/**
 * Whether the password matches a hash from another system. Computed on another thread. The password is not
 * normalized, because those systems did not normalize it.
 */
export async function verifyForeign(stored: string, password: string): Promise<boolean> {
  const hash = readForeignHash(stored)
  // The import accepts only hashes that can be read, so this one was not stored by us.
  if (hash.kind === 'unreadable') throw new Error(`A stored password hash cannot be checked: ${hash.why}`)
  return isMadeOf(hash, password)
}

/**
 * bcrypt uses only the first 72 bytes of a password. The rest may be mistyped, and a new hash of the whole
 * password would lock the owner out, so such a hash is kept.
 */
export function sawWholePassword(stored: string, password: string): boolean {
  return !/^(?:bcrypt\$)?\$2[aby]\$/.test(stored) || Buffer.byteLength(password) <= 72
}

async function isMadeOf(hash: ForeignHash, password: string): Promise<boolean> {
  switch (hash.kind) {
    case 'bcrypt': {
      const { verify } = await import('@node-rs/bcrypt')
      return verify(password, hash.text)
    }
    case 'bcrypt-sha256': {
      const { verify } = await import('@node-rs/bcrypt')
      return verify(digestOf('sha256', password, 'hex'), hash.text)
    }
    case 'argon2': {
      const { verify } = await import('@node-rs/argon2')
      return verify(hash.text, normalizePassword(password))
    }
    case 'sha512-crypt':
      return timingSafeEqual(
        await sha512CryptOf({ password, salt: hash.salt, rounds: hash.rounds }),
        hash.key,
      )
    case 'pbkdf2-sha1':
    case 'pbkdf2-sha256':
    case 'pbkdf2-sha512': {
      const made = await pbkdf2Later(password, hash.salt, hash.rounds, hash.key.length, hash.digest)
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

/** Resolved like an import: compiled, the file has another extension. */
const workerUrl = import.meta.resolve('#src/credentials/passwords/sha512-crypt-worker.ts')

function sha512CryptOf(input: Sha512Crypt): Promise<Uint8Array> {
  const worker = new Worker(new URL(workerUrl), { workerData: input })
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  worker.once('message', resolve)
  worker.once('error', reject)
  return promise
}

function scryptOf(
  { cost, blockSize, lanes, salt }: Scrypt,
  password: string,
  length: number,
): Promise<Buffer> {
  // The memory that RFC 7914 section 6 needs, plus some overhead of the library.
  const maxmem = 128 * blockSize * (cost + lanes + 2) + 1024 * 1024
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  scrypt(password, salt, length, { cost, blockSize, parallelization: lanes, maxmem }, (error, key) =>
    error ? reject(error) : resolve(key),
  )
  return promise
}
