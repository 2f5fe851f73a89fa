import type { SignedInSession } from './cookie-session.ts'
import type { SignInAnswer } from './sign-in-answer.ts'
import { SignInFlow } from './sign-in-flow.ts'
import { type SignInOptions, signInConfigOf } from './sign-in-options.ts'

export type { SignedInSession } from './cookie-session.ts'
export type { SignedInUser } from './id-token.ts'
export { type NodeSignIn, nodeSignIn } from './node-sign-in.ts'
export { SignInError, type SignInErrorCode } from './sign-in-error.ts'
export type { SessionStore, SignInOptions } from './sign-in-options.ts'

/** The sign-in of a web app, as handlers of the Fetch standard: for Hono, Next.js, Bun and Deno. */
export type SignIn = {
  /** Redirects to Sigil's sign-in page. `?return_to=PATH` is the page to return to afterwards. */
  signIn(request: Request): Promise<Response>
  /** Finishes a sign-in, for the redirect URI of the app. */
  callback(request: Request): Promise<Response>
  /** Ends the session in the app and at Sigil. Expects a POST from a form of the app. */
  signOut(request: Request): Promise<Response>
  /**
   * The session of a request, or undefined, with the `Set-Cookie` headers that the response must have. Throws
   * a `SignInError` if it cannot be checked right now.
   */
  session(request: Request): Promise<{ session: SignedInSession | undefined; cookies: readonly string[] }>
  /**
   * Lets signed-in users through, with their session as the second argument. Page requests of others are
   * redirected to the sign-in and back; all other requests get 401.
   */
  signedIn<Rest extends unknown[]>(
    handler: (request: Request, session: SignedInSession, ...rest: Rest) => Response | Promise<Response>,
  ): (request: Request, ...rest: Rest) => Promise<Response>
}

/**
 * Signs users in to a web app with Sigil: code flow with PKCE, state and nonce. The tokens never reach the
 * scripts of the page; they are kept in an encrypted cookie or in a store. Throws a `TypeError` if an option
 * is missing or wrong.
 *
 * @example
 * const auth = createSignIn({ issuer, clientId, clientSecret, appUrl, cookieSecret })
 * app.get('/sign-in', (context) => auth.signIn(context.req.raw))
 * app.get('/callback', (context) => auth.callback(context.req.raw))
 * app.post('/sign-out', (context) => auth.signOut(context.req.raw))
 * const account = auth.signedIn((_request, { user }) => new Response(`Hello ${user.email}`))
 * app.get('/account', (context) => account(context.req.raw))
 */
export function createSignIn(options: SignInOptions): SignIn {
  const flow = new SignInFlow(signInConfigOf(options))
  return {
    signIn: async (request) => responseOf(await flow.signIn(request)),
    callback: async (request) => responseOf(await flow.callback(request)),
    signOut: async (request) => responseOf(await flow.signOut(request)),
    session: (request) => flow.current(request),
    signedIn:
      (handler) =>
      async (request, ...rest) => {
        const current = await flow.current(request).catch((error: unknown) => flow.errorOf(error))
        if (!('session' in current)) return responseOf(current)
        const { session, cookies } = current
        if (!session) return responseOf(flow.anonymous(request, cookies))
        return withCookies(await handler(request, session, ...rest), cookies)
      },
  }
}

function responseOf({ status, headers, cookies, body }: SignInAnswer): Response {
  return withCookies(new Response(body === '' ? null : body, { status, headers }), cookies)
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  if (cookies.length === 0) return response
  const headers = new Headers(response.headers)
  for (const header of cookies) headers.append('set-cookie', header)
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  const { status, statusText } = response
  return new Response(response.body, { status, statusText, headers })
}
