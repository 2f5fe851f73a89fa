import { admit, refusedOf, rolesWanted, type Wish } from './admission.ts'
import type { RequestLike } from './presented.ts'
import type { Verifier } from './verifier.ts'

export { tokenOf } from './admission.ts'

type FastifyReply = {
  code(status: number): { headers(values: Record<string, string>): { send(body: string): unknown } }
}
type FastifyRequest = RequestLike & {
  readonly raw: { readonly rawHeaders?: readonly string[] }
  auth?: unknown
}

/**
 * A Fastify hook, for one route or for all below `addHook`: lets a request with a good token through, with
 * the token at `request.auth`. Whoever has none is answered 401, whoever lacks the role 403, and 503 where
 * nobody can tell; a fault goes to Fastify's error handler.
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
  wish: Wish = {},
): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  const roles = rolesWanted(wish)
  return async (request, reply) => {
    const { headers, raw } = request
    const { rawHeaders = [] } = raw
    try {
      request.auth = await admit(verifier, { headers, rawHeaders }, roles)
      return undefined
    } catch (error) {
      const { status, headers: answered, body } = refusedOf(error)
      return reply
        .code(status)
        .headers({ ...answered })
        .send(body)
    }
  }
}
