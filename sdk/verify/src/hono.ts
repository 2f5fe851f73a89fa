import { admit, errorResponse, requirementsOf, type SignedInOptions } from './admission.ts'
import type { RequestLike } from './presented.ts'
import type { VerifiedToken } from './token.ts'
import type { Verifier } from './verifier.ts'

/**
 * The variables that the middleware sets, for the type of the app.
 *
 * @example
 * const app = new Hono<SignedInEnv>()
 */
export type SignedInEnv = { Variables: { auth: VerifiedToken } }

type HonoContext = {
  readonly req: { readonly raw: RequestLike }
  // Declared as a method, as Hono does, so that contexts with more variables fit.
  set(key: 'auth', value: VerifiedToken): void
}

/**
 * Hono middleware: lets requests with a valid token through, with the token at `context.var.auth`. Others are
 * answered 401, 403 if a role or scope is missing, or 503 if tokens cannot be checked right now. Unexpected
 * errors go to `app.onError`.
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
  options: SignedInOptions = {},
): (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined> {
  const requirements = requirementsOf(options)
  return async (context, next) => {
    let token: VerifiedToken
    try {
      token = await admit(verifier, context.req.raw, requirements)
    } catch (error) {
      return errorResponse(error, requirements)
    }
    context.set('auth', token)
    await next()
    return undefined
  }
}
