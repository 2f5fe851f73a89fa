import { admit, type NodeResponse, requiredRoles, type SignedInOptions, sendError } from './admission.ts'
import type { RequestLike } from './presented.ts'
import type { VerifiedToken } from './token.ts'
import type { Verifier } from './verifier.ts'

/**
 * Puts a verifier before a handler of plain `node:http`. The handler is called with the verified token as its
 * third argument. Requests without a valid token are answered 401, 403 if the role is missing, or 503 if
 * tokens cannot be checked right now. An error that the handler throws is an unhandled rejection, as in any
 * handler of `node:http`.
 *
 * @example
 * import { createServer } from 'node:http'
 * import { createVerifier } from '@sigil/verify'
 * import { signedIn } from '@sigil/verify/node'
 *
 * const verifier = createVerifier({ issuer, audience: issuer, key })
 * createServer(signedIn(verifier, (request, response, token) => response.end(token.userId))).listen(3000)
 */
export function signedIn<Request extends RequestLike, Response extends NodeResponse>(
  verifier: Pick<Verifier, 'verify'>,
  handler: (request: Request, response: Response, token: VerifiedToken) => unknown,
  options: SignedInOptions = {},
): (request: Request, response: Response) => Promise<void> {
  const roles = requiredRoles(options)
  return async (request, response) => {
    let token: VerifiedToken
    try {
      token = await admit(verifier, request, roles)
    } catch (error) {
      sendError(response, error)
      return
    }
    await handler(request, response, token)
  }
}
