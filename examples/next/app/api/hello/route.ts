import { signedIn } from '@sigil/verify/next'
import { verifier } from '../../../verifier.ts'

export const GET = signedIn(verifier, (_request: Request, { userId, roles }) =>
  Response.json({ user_id: userId, roles }),
)

export const DELETE = signedIn(verifier, () => Response.json({ hello: 'administrator' }), { role: 'admin' })
