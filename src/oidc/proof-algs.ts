/** What clients sign with: no shared secrets, and nothing below 128 bits of strength. */
export const proofAlgs = ['ES256', 'PS256', 'RS256', 'Ed25519', 'EdDSA'] as const
