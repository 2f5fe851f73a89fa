import { admit, type NodeResponse, requirementsOf, type SignedInOptions, sendError } from './admission.ts'
import type { RequestLike } from './presented.ts'
import type { Verifier } from './verifier.ts'

export { tokenOf } from './admission.ts'

type ExpressRequest = RequestLike & { auth?: unknown }

/**
 * Express middleware: lets requests with a valid token through, with the token at `request.auth`. Others are
 * answered 401, 403 if a role or scope is missing, or 503 if tokens cannot be checked right now. Unexpected
 * errors go to `next`.
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
  options: SignedInOptions = {},
): (request: ExpressRequest, response: NodeResponse, next: (error?: unknown) => void) => Promise<void> {
  const requirements = requirementsOf(options)
  return async (request, response, next) => {
    try {
      request.auth = await admit(verifier, request, requirements)
    } catch (error) {
      try {
        sendError(response, error, requirements)
      } catch (error) {
        next(error)
      }
      return
    }
    next()
  }
}
