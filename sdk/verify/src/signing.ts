/** RFC 7518 section 6.2: the public half of an ES256 key, as `/.well-known/jwks.json` lists it. */
export type PublicJwk = {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly kid: string
}

/** A key for checking signatures: synchronously if the runtime supports that, otherwise with a promise. */
export type PublicKey = {
  readonly jwk: PublicJwk
  check(signed: Uint8Array<ArrayBuffer>, jwsSignature: Uint8Array<ArrayBuffer>): boolean | Promise<boolean>
}

/** Undefined if the JWK is not a point on the curve. */
export async function publicKey(jwk: PublicJwk): Promise<PublicKey | undefined> {
  try {
    return nodeCrypto ? nodeKey(nodeCrypto, jwk) : await webKey(jwk)
  } catch {
    return undefined
  }
}

type NodeCrypto = typeof import('node:crypto')

/** Not imported, because bundlers for edge runtimes would fail on it. */
const nodeCrypto: NodeCrypto | undefined = globalThis.process?.getBuiltinModule?.('node:crypto')

function nodeKey({ createPublicKey, verify }: NodeCrypto, jwk: PublicJwk): PublicKey {
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  return {
    jwk,
    check: (signed, jwsSignature) =>
      verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, jwsSignature),
  }
}

async function webKey(jwk: PublicJwk): Promise<PublicKey> {
  const { kty, crv, x, y } = jwk
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, algorithm, false, ['verify'])
  return {
    jwk,
    check: (signed, jwsSignature) =>
      crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, jwsSignature, signed),
  }
}
