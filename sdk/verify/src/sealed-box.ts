import { bytesIn } from './jwt.ts'

/** Declared without the DOM types, which server projects do not have. */
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

const ivLength = 12

/**
 * Encrypts and authenticates values stored in the browser (AES-256-GCM). The key is derived from a secret of
 * the app, once for each purpose, so that a value of one purpose cannot be used for another.
 */
export class SealedBox {
  readonly #secrets: readonly string[]
  readonly #keys = new Map<string, Promise<Key>>()

  /** The first secret seals; all of them open, so that a secret can be replaced. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
  }

  async seal(text: string, purpose: string): Promise<string> {
    const key = await this.#key(this.#secrets[0] ?? '', purpose)
    const iv = crypto.getRandomValues(new Uint8Array(ivLength))
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new TextEncoder().encode(text))
    const bytes = new Uint8Array(ivLength + sealed.byteLength)
    bytes.set(iv)
    bytes.set(new Uint8Array(sealed), ivLength)
    return base64url(bytes)
  }

  /** Undefined if it was not sealed with one of the secrets for this purpose. */
  async open(sealed: string, purpose: string): Promise<string | undefined> {
    const bytes = bytesIn(sealed)
    if (!bytes || bytes.length <= ivLength) return undefined
    const [iv, text] = [bytes.subarray(0, ivLength), bytes.subarray(ivLength)]
    for (const secret of this.#secrets) {
      const key = await this.#key(secret, purpose)
      const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, text).catch(() => undefined)
      if (opened) return new TextDecoder().decode(opened)
    }
    return undefined
  }

  #key(secret: string, purpose: string): Promise<Key> {
    const name = `${purpose} ${secret}`
    const known = this.#keys.get(name)
    if (known) return known
    const made = derivedKey(secret, purpose)
    this.#keys.set(name, made)
    return made
  }
}

/** RFC 5869. The secret is random, so it needs no salt and no slow function. */
async function derivedKey(secret: string, purpose: string): Promise<Key> {
  const encoder = new TextEncoder()
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey'])
  const derivation = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: encoder.encode(`@sigil/verify ${purpose}`),
  }
  const key = { name: 'AES-GCM', length: 256 }
  return crypto.subtle.deriveKey(derivation, material, key, false, ['encrypt', 'decrypt'])
}

/** 256 random bits: a state, a nonce, a PKCE verifier or the id of a stored session. */
export function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

/** The SHA-256 of a text, in base64url: a PKCE challenge (RFC 7636), or the key of a stored session. */
export async function sha256(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}

function base64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
