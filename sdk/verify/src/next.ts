import { admit, refusedResponse, rolesWanted, type Wish } from './admission.ts'
import { VerifyError } from './error.ts'
import type { HeadersLike, RequestLike } from './presented.ts'
import type { VerifiedToken } from './token.ts'
import type { Verifier } from './verifier.ts'

/**
 * Puts a verifier before a route handler of Next.js. The handler is called with the verified token as its
 * second argument, before what Next.js itself gives. Whoever has none is answered 401, whoever lacks the role
 * 403, and 503 where nobody can tell; a fault goes to Next.js.
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
  wish: Wish = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  const roles = rolesWanted(wish)
  return async (request, ...rest) => {
    let token: VerifiedToken
    try {
      token = await admit(verifier, request, roles)
    } catch (error) {
      return refusedResponse(error)
    }
    return handler(request, token, ...rest)
  }
}

/**
 * For `proxy.ts` (`middleware.ts` before Next.js 16): turns away early whoever has no good token. A page
 * asked for by a browser is sent to `signIn`, where one is named, with the way back as `next`: a path where
 * that page is on the same host, else the whole address, which Sigil's own page does not follow. Pages and
 * handlers behind it ask again with `currentToken` or `signedIn`, because a proxy that was left out must not
 * open them; it costs a microsecond.
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
  wish: Wish & { readonly signIn?: string } = {},
): (request: Request) => Promise<Response | undefined> {
  const roles = rolesWanted(wish, ['signIn'])
  return async (request) => {
    try {
      await admit(verifier, request, roles)
      return undefined
    } catch (error) {
      const refused = refusedResponse(error)
      const isPage = request.method === 'GET' && request.headers.get('accept')?.includes('text/html')
      if (refused.status !== 401 || !isPage || wish.signIn === undefined) return refused
      const to = new URL(wish.signIn, request.url)
      to.searchParams.set('next', wayBack(to, new URL(request.url)))
      return new Response(null, { status: 307, headers: { location: to.href, 'cache-control': 'no-store' } })
    }
  }
}

/**
 * Sigil's page leads back to paths of its own origin alone; a page elsewhere needs the whole address. Hosts
 * are compared and not origins, since behind a proxy with TLS the app is asked over http.
 */
function wayBack(to: URL, { host, pathname, search, href }: URL): string {
  return to.host === host ? pathname + search : href
}

/**
 * The verified token of the request that a server component, a server action or a page is running for;
 * undefined where there is no good one. Throws a `VerifyError` with `unavailable` or `closed` where nobody
 * can tell, which is no reason to treat the user as a stranger.
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
