import { createHash, randomUUID } from 'node:crypto'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
} from 'jose'

export type ProofKey = {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: Awaited<ReturnType<typeof exportJWK>>
  readonly thumbprint: string
}

export async function newProofKey(alg = 'ES256'): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { alg, privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) }
}

type Proving = {
  readonly method?: string
  readonly url: string
  readonly accessToken?: string
  /** Replaces claims; undefined removes one. */
  readonly claims?: JWTPayload
  readonly header?: Record<string, unknown>
}

/** A DPoP proof for one request (RFC 9449 section 4.2). */
export function proofOf(
  key: Omit<ProofKey, 'thumbprint'>,
  { method = 'POST', url, accessToken, claims = {}, header = {} }: Proving,
): Promise<string> {
  const ath = accessToken && createHash('sha256').update(accessToken).digest('base64url')
  const iat = Math.floor(Date.now() / 1000)
  const all = { htm: method, htu: url, iat, jti: randomUUID(), ...(ath && { ath }), ...claims }
  return new SignJWT(all)
    .setProtectedHeader({ alg: key.alg, typ: 'dpop+jwt', jwk: key.jwk, ...header })
    .sign(key.privateKey)
}
