import { admit, type NodeResponse, refuseInNode, rolesWanted, type Wish } from './admission.ts'
import type { RequestLike } from './presented.ts'
import type { Verifier } from './verifier.ts'

export { tokenOf } from './admission.ts'

type ExpressRequest = RequestLike & { auth?: unknown }

/**
 * Express middleware: lets a request with a good token through, with the token at `request.auth`. Whoever has
 * none is answered 401, whoever lacks the role 403, and 503 where nobody can tell; a fault goes to `next`.
 *
 * @example
 * import express from 'express'
 * import { createVerifier } from '@sigil/verify'
 * import { signedIn, tokenOf } from '@sigil/verify/express'
 *
 * const verifier = createVerifier({ issuer, audience: issuer, key })
 * const app = express()
 * app.get('/hello', signedIn(verifier), (request, response) => {
 *   response.send(`Hello ${tokenOf(request).username}`)
 * })
 * app.delete('/all', signedIn(verifier, { role: 'admin' }), removeAll)
 */
export function signedIn(
  verifier: Pick<Verifier, 'verify'>,
  wish: Wish = {},
): (request: ExpressRequest, response: NodeResponse, next: (error?: unknown) => void) => Promise<void> {
  const roles = rolesWanted(wish)
  return async (request, response, next) => {
    try {
      request.auth = await admit(verifier, request, roles)
    } catch (error) {
      try {
        refuseInNode(response, error)
      } catch (error) {
        next(error)
      }
      return
    }
    next()
  }
}
