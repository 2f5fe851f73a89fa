import { createVerifier } from '@sigil/verify'

const { SIGIL_ISSUER: issuer = 'http://localhost:8000', SIGIL_VERIFIER_KEY: key = '' } = process.env

/** Sigil's own tokens are for the issuer itself. One verifier is enough for the whole process. */
export const verifier = createVerifier({ issuer, audience: issuer, key })
