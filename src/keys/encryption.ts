import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Random } from '#src/platform/random.ts'

const nonceBytes = 12
const tagBytes = 16

/**
 * AES-256-GCM with a random nonce. `context` is authenticated, so that a value encrypted for one place cannot
 * be moved to another.
 */
export function encrypt(key: Buffer, context: string, plain: Buffer, random: Random): Buffer {
  const nonce = random.bytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted])
}

/** Returns undefined if the key or the context does not match, or the bytes were changed. */
export function decrypt(key: Buffer, context: string, bytes: Buffer): Buffer | undefined {
  const nonce = bytes.subarray(0, nonceBytes)
  const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes)
  if (tag.length < tagBytes) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(context)).setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()])
  } catch {
    return undefined
  }
}
