import { admit, type NodeResponse, requirementsOf, type SignedInOptions, sendError } from './admission.ts'
import type { RequestLike } from './presented.ts'
import type { ProtectedResource } from './resource.ts'
import type { VerifiedToken } from './token.ts'
import type { Verifier } from './verifier.ts'

/**
 * Puts a verifier before a handler of plain `node:http`. The handler is called with the verified token as its
 * third argument. Requests without a valid token are answered 401, 403 if a role or scope is missing, or 503
 * if tokens cannot be checked right now. An error that the handler throws is an unhandled rejection, as in
 * any handler of `node:http`. With the option `resource` it also serves the metadata of that API.
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
  const requirements = requirementsOf(options)
  return async (request, response) => {
    if (sendMetadata(request, response, requirements.resource)) return
    let token: VerifiedToken
    try {
      token = await admit(verifier, request, requirements)
    } catch (error) {
      sendError(response, error, requirements)
      return
    }
    await handler(request, response, token)
  }
}

/** RFC 9728 section 3: anyone may read the metadata, scripts of other origins as well. */
function sendMetadata(request: RequestLike, response: NodeResponse, resource?: ProtectedResource): boolean {
  const { url, method } = request as { readonly url?: unknown; readonly method?: unknown }
  const isAsked = resource && method === 'GET' && String(url).split('?')[0] === resource.metadataPath
  if (!isAsked) return false
  response.statusCode = 200
  response.setHeader('content-type', 'application/json')
  response.setHeader('access-control-allow-origin', '*')
  response.end(JSON.stringify(resource.metadata))
  return true
}
