/** RFC 7518 section 6.2: the public half of an ES256 key, as `/.well-known/jwks.json` lists it. */
export type PublicJwk = {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly kid: string
}

/** A key that signatures can be checked with: at once where the runtime can, else with a promise. */
export type PublicKey = {
  readonly jwk: PublicJwk
  check(signed: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): boolean | Promise<boolean>
}

/** Undefined where the JWK is no point on the curve. */
export async function publicKey(jwk: PublicJwk): Promise<PublicKey | undefined> {
  try {
    return nodeCrypto ? nodeKey(nodeCrypto, jwk) : await webKey(jwk)
  } catch {
    return undefined
  }
}

type NodeCrypto = typeof import('node:crypto')

/** Not imported: bundlers for the edge would stumble over it. */
const nodeCrypto: NodeCrypto | undefined = globalThis.process?.getBuiltinModule?.('node:crypto')

function nodeKey({ createPublicKey, verify }: NodeCrypto, jwk: PublicJwk): PublicKey {
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  return {
    jwk,
    check: (signed, signature) => verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature),
  }
}

async function webKey(jwk: PublicJwk): Promise<PublicKey> {
  const { kty, crv, x, y } = jwk
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, algorithm, false, ['verify'])
  return {
    jwk,
    check: (signed, signature) =>
      crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, signed),
  }
}
