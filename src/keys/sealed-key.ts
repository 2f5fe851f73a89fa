import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { Key, Life, PublicJwk, Purpose } from '#src/keys/key.ts'
import { type MasterKey, sealKey, unsealKey } from '#src/keys/master-key.ts'
import type { Instant } from '#src/platform/clock.ts'
import { type Random, randomId } from '#src/platform/random.ts'

/** A key as it is stored: sealed under the master key. */
export type SealedKey = Life & {
  readonly sealed: string
  readonly publicJwk: string | undefined
  readonly createdAt: Instant
}

type Properties = { readonly purpose: Purpose; readonly createdAt: Instant; readonly usedFrom: Instant }

/** Generates a key. */
export function newSealedKey(master: MasterKey, random: Random, properties: Properties): SealedKey {
  const made = properties.purpose === 'sign' ? signingKey(random) : macKey(random)
  const sealed = sealKey(master, nameOf(properties.purpose, made.id), made.plain, random)
  const { id, publicJwk } = made
  return { ...properties, id, sealed, publicJwk, retiredAt: undefined, revokedAt: undefined }
}

/** Throws if the key was sealed under another master key. */
export function opened(key: SealedKey, master: MasterKey): Key {
  const { id, purpose, usedFrom, retiredAt, revokedAt } = key
  const life = { id, usedFrom, retiredAt, revokedAt }
  const plain = plainOf(key, master)
  if (purpose === 'mac') return { ...life, purpose, secret: plain }
  const privateKey = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  return {
    ...life,
    purpose,
    privateKey,
    publicKey,
    jwk: JSON.parse(key.publicJwk ?? 'null') as PublicJwk,
  }
}

/** The same key, sealed under another master key. */
export function resealed(
  key: SealedKey,
  { from, to, random }: { from: MasterKey; to: MasterKey; random: Random },
): SealedKey {
  return { ...key, sealed: sealKey(to, nameOf(key.purpose, key.id), plainOf(key, from), random) }
}

function plainOf({ purpose, id, sealed }: SealedKey, master: MasterKey): Buffer {
  return unsealKey(master, nameOf(purpose, id), sealed)
}

/** Authenticated, so that one sealed key cannot replace another. */
function nameOf(purpose: Purpose, id: string): string {
  return `${purpose}:${id}`
}

type Made = { readonly id: string; readonly plain: Buffer; readonly publicJwk: string | undefined }

function signingKey(random: Random): Made {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomId(random)
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string }
  const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y, kid: id, alg: 'ES256', use: 'sig' }
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' })
  return { id, plain, publicJwk: JSON.stringify(jwk) }
}

/** Its id is short, because it is part of every refresh token. */
function macKey(random: Random): Made {
  return { id: random.bytes(6).toString('base64url'), plain: random.bytes(32), publicJwk: undefined }
}
