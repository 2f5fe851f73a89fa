import { admit, type NodeResponse, refuseInNode, rolesWanted, type Wish } from './admission.ts'
import type { RequestLike } from './presented.ts'
import type { VerifiedToken } from './token.ts'
import type { Verifier } from './verifier.ts'

/**
 * Puts a verifier before a handler of plain `node:http`. The handler is called with the verified token as its
 * third argument; whoever has none is answered 401, whoever lacks the role 403, and 503 where nobody can
 * tell. What the handler throws is its own to catch: as in any handler of `node:http`, it is an unhandled
 * rejection.
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
  wish: Wish = {},
): (request: Request, response: Response) => Promise<void> {
  const roles = rolesWanted(wish)
  return async (request, response) => {
    let token: VerifiedToken
    try {
      token = await admit(verifier, request, roles)
    } catch (error) {
      refuseInNode(response, error)
      return
    }
    await handler(request, response, token)
  }
}
