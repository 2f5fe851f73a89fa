/** The algorithms of clients: no shared secrets, and at least 128 bits of strength. */
export const proofAlgs = ['ES256', 'PS256', 'RS256', 'Ed25519', 'EdDSA'] as const

/** FAPI 2.0 Security Profile section 5.4. */
export const fapiAlgs: readonly string[] = proofAlgs.filter((alg) => alg !== 'RS256')
