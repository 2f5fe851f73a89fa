import { admit, errorResponse, requirementsOf, type SignedInOptions } from './admission.ts'
import { VerifyError } from './error.ts'
import type { HeadersLike, RequestLike } from './presented.ts'
import type { VerifiedToken } from './token.ts'
import type { Verifier } from './verifier.ts'

/**
 * Puts a verifier before a route handler of Next.js. The handler is called with the verified token as its
 * second argument, before the arguments of Next.js itself. Requests without a valid token are answered 401,
 * 403 if a role or scope is missing, or 503 if tokens cannot be checked right now. Unexpected errors go to
 * Next.js.
 *
 * @example
 * // app/api/hello/route.ts
 * import { signedIn } from '@sigil/verify/next'
 * import { verifier } from '../../../verifier.ts'
 *
 * export const GET = signedIn(verifier, (_request, token) => Response.json({ hello: token.username }))
 */
export function signedIn<Request extends RequestLike, Rest extends unknown[]>(
  verifier: Pick<Verifier, 'verify'>,
  handler: (request: Request, token: VerifiedToken, ...rest: Rest) => Response | Promise<Response>,
  options: SignedInOptions = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  const requirements = requirementsOf(options)
  return async (request, ...rest) => {
    let token: VerifiedToken
    try {
      token = await admit(verifier, request, requirements)
    } catch (error) {
      return errorResponse(error, requirements)
    }
    return handler(request, token, ...rest)
  }
}

/**
 * For `proxy.ts` (`middleware.ts` before Next.js 16): rejects requests without a valid token early. A browser
 * that requests a page is redirected to `signIn`, if given, with the return address as `next`: a path if the
 * sign-in page is on the same host, otherwise the full URL, which Sigil's own page does not follow. Pages and
 * handlers behind it must check again with `currentToken` or `signedIn`, because they must be protected even
 * without the proxy; it costs a microsecond.
 *
 * @example
 * // proxy.ts
 * import { signedInProxy } from '@sigil/verify/next'
 * import { verifier } from './verifier.ts'
 *
 * export const proxy = signedInProxy(verifier, { signIn: '/sign-in' })
 * export const config = { matcher: ['/account/:path*'] }
 */
export function signedInProxy(
  verifier: Pick<Verifier, 'verify'>,
  options: SignedInOptions & { readonly signIn?: string } = {},
): (request: Request) => Promise<Response | undefined> {
  const requirements = requirementsOf(options, ['signIn'])
  return async (request) => {
    try {
      await admit(verifier, request, requirements)
      return undefined
    } catch (error) {
      const response = errorResponse(error, requirements)
      const isPage = request.method === 'GET' && request.headers.get('accept')?.includes('text/html')
      if (response.status !== 401 || !isPage || options.signIn === undefined) return response
      const to = new URL(options.signIn, request.url)
      to.searchParams.set('next', wayBack(to, new URL(request.url)))
      return new Response(null, { status: 307, headers: { location: to.href, 'cache-control': 'no-store' } })
    }
  }
}

/**
 * Sigil's page redirects back to paths of its own origin only; a page elsewhere needs the full URL. Compares
 * hosts instead of origins, because behind a proxy with TLS the app is called over http.
 */
function wayBack(to: URL, { host, pathname, search, href }: URL): string {
  return to.host === host ? pathname + search : href
}

/**
 * The verified token of the request that a server component, a server action or a page is running for;
 * undefined if there is no valid one. Throws a `VerifyError` with `unavailable` or `closed` if it cannot be
 * checked; do not treat the user as signed out then.
 *
 * @example
 * // app/account/page.tsx
 * import { currentToken } from '@sigil/verify/next'
 * import { headers } from 'next/headers'
 *
 * const token = await currentToken(verifier, await headers())
 * if (!token) redirect('/sign-in')
 */
export async function currentToken(
  verifier: Pick<Verifier, 'verify'>,
  headers: HeadersLike,
): Promise<VerifiedToken | undefined> {
  try {
    return await verifier.verify({ headers })
  } catch (error) {
    if (error instanceof VerifyError && error.status === 401) return undefined
    throw error
  }
}
