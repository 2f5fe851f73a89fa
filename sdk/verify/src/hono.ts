import { admit, refusedResponse, rolesWanted, type Wish } from './admission.ts'
import type { RequestLike } from './presented.ts'
import type { VerifiedToken } from './token.ts'
import type { Verifier } from './verifier.ts'

/**
 * What the middleware sets, for the type of the app.
 *
 * @example
 * const app = new Hono<SignedInEnv>()
 */
export type SignedInEnv = { Variables: { auth: VerifiedToken } }

type HonoContext = {
  readonly req: { readonly raw: RequestLike }
  // The name is that of Hono's own method, and so is its looseness.
  set(key: 'auth', value: VerifiedToken): void
}

/**
 * Hono middleware: lets a request with a good token through, with the token at `context.var.auth`. Whoever
 * has none is answered 401, whoever lacks the role 403, and 503 where nobody can tell; a fault goes to
 * `app.onError`.
 *
 * @example
 * import { createVerifier } from '@sigil/verify'
 * import { type SignedInEnv, signedIn } from '@sigil/verify/hono'
 * import { Hono } from 'hono'
 *
 * const verifier = createVerifier({ issuer, audience: issuer, key })
 * const app = new Hono<SignedInEnv>()
 * app.get('/hello', signedIn(verifier), (context) => context.text(`Hello ${context.var.auth.username}`))
 * app.delete('/all', signedIn(verifier, { role: 'admin' }), removeAll)
 */
export function signedIn(
  verifier: Pick<Verifier, 'verify'>,
  wish: Wish = {},
): (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined> {
  const roles = rolesWanted(wish)
  return async (context, next) => {
    let token: VerifiedToken
    try {
      token = await admit(verifier, context.req.raw, roles)
    } catch (error) {
      return refusedResponse(error)
    }
    context.set('auth', token)
    await next()
    return undefined
  }
}
