import { admit, errorResponseOf, requirementsOf, type SignedInOptions } from './admission.ts'
import type { RequestLike } from './presented.ts'
import type { Verifier } from './verifier.ts'

export { tokenOf } from './admission.ts'

type FastifyReply = {
  code(status: number): { headers(values: Record<string, string>): { send(body: string): unknown } }
}
type FastifyRequest = RequestLike & {
  readonly raw: {
    readonly rawHeaders?: readonly string[]
    readonly method?: string | undefined
    readonly url?: string | undefined
  }
  auth?: unknown
}

/**
 * A Fastify hook, for one route or with `addHook` for all: lets requests with a valid token through, with the
 * token at `request.auth`. Others are answered 401, 403 if a role or scope is missing, or 503 if tokens
 * cannot be checked right now. Unexpected errors go to Fastify's error handler.
 *
 * @example
 * import Fastify from 'fastify'
 * import { createVerifier } from '@sigil/verify'
 * import { signedIn, tokenOf } from '@sigil/verify/fastify'
 *
 * const verifier = createVerifier({ issuer, audience: issuer, key })
 * const app = Fastify()
 * app.get('/hello', { onRequest: signedIn(verifier) }, (request) => `Hello ${tokenOf(request).username}`)
 * app.delete('/all', { onRequest: signedIn(verifier, { role: 'admin' }) }, removeAll)
 */
export function signedIn(
  verifier: Pick<Verifier, 'verify'>,
  options: SignedInOptions = {},
): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  const requirements = requirementsOf(options)
  return async (request, reply) => {
    const { headers, raw } = request
    const { rawHeaders = [], method = '', url = '' } = raw
    try {
      request.auth = await admit(verifier, { headers, rawHeaders, method, url }, requirements)
      return undefined
    } catch (error) {
      const { status, headers: responseHeaders, body } = errorResponseOf(error, requirements)
      return reply
        .code(status)
        .headers({ ...responseHeaders })
        .send(body)
    }
  }
}
