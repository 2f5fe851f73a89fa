import { createVerifier } from '@sigil/verify'

const { SIGIL_ISSUER: issuer = 'http://localhost:8000', SIGIL_VERIFIER_KEY: key = '' } = process.env

/** The audience of Sigil's own tokens is the issuer. One verifier per process is enough. */
export const verifier = createVerifier({ issuer, audience: issuer, key })
