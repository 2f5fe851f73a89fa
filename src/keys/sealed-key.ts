import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { EcJwk, Key, Life, Purpose, RsaJwk } from '#src/keys/key.ts'
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
  const made = makers[properties.purpose](random)
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
  const jwk = JSON.parse(key.publicJwk ?? 'null') as unknown
  const pair = { privateKey, publicKey }
  if (purpose === 'sign') return { ...life, purpose, ...pair, jwk: jwk as EcJwk }
  return { ...life, purpose, ...pair, jwk: jwk as RsaJwk }
}

/** The same key, sealed under a new master key. */
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
  const jwk: EcJwk = { kty: 'EC', crv: 'P-256', x, y, kid: id, alg: 'ES256', use: 'sig' }
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' })
  return { id, plain, publicJwk: JSON.stringify(jwk) }
}

/** RFC 7518 section 3.3: at least 2048 bits. Generated rarely, because it takes a large part of a second. */
function idTokenKey(random: Random): Made {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const id = randomId(random)
  const { n, e } = publicKey.export({ format: 'jwk' }) as { n: string; e: string }
  const jwk: RsaJwk = { kty: 'RSA', n, e, kid: id, alg: 'RS256', use: 'sig' }
  return { id, plain: privateKey.export({ format: 'der', type: 'pkcs8' }), publicJwk: JSON.stringify(jwk) }
}

/** Its id is short, because it is part of every refresh token. */
function macKey(random: Random): Made {
  return { id: random.bytes(6).toString('base64url'), plain: random.bytes(32), publicJwk: undefined }
}

const makers: Readonly<Record<Purpose, (random: Random) => Made>> = {
  sign: signingKey,
  id_token: idTokenKey,
  mac: macKey,
}
