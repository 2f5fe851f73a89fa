import { signedInProxy } from '@sigil/verify/next'
import { verifier } from './verifier.ts'

const { SIGIL_ISSUER: issuer = 'http://localhost:8000' } = process.env

export const proxy = signedInProxy(verifier, { signIn: `${issuer}/sign-in` })

export const config = { matcher: ['/account/:path*'] }
