import type { SignedInSession } from './cookie-session.ts'
import type { RequestLike } from './presented.ts'
import type { SignInAnswer } from './sign-in-answer.ts'
import { SignInFlow } from './sign-in-flow.ts'
import { type SignInOptions, signInConfigOf } from './sign-in-options.ts'

type NodeRequest = RequestLike & { readonly method?: string | undefined; readonly url?: string | undefined }
type NodeReply = {
  statusCode: number
  readonly headersSent: boolean
  setHeader(name: string, value: string): unknown
  appendHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/** The sign-in of a web app, as handlers of `node:http`, which Express takes as well. */
export type NodeSignIn = {
  /** Redirects to Sigil's sign-in page. `?return_to=PATH` is the page to return to afterwards. */
  signIn(request: NodeRequest, response: NodeReply): Promise<void>
  /** Finishes a sign-in, for the redirect URI of the app. */
  callback(request: NodeRequest, response: NodeReply): Promise<void>
  /** Ends the session in the app and at Sigil. Expects a POST from a form of the app. */
  signOut(request: NodeRequest, response: NodeReply): Promise<void>
  /**
   * The session of a request, or undefined. Sets the cookie if the tokens were refreshed, so call it before
   * the response begins. Throws a `SignInError` if it cannot be checked now.
   */
  session(request: NodeRequest, response: NodeReply): Promise<SignedInSession | undefined>
  /**
   * Lets signed-in users through, with their session as the third argument. Page requests of others are
   * redirected to the sign-in and back; all other requests get 401.
   */
  signedIn<Request extends NodeRequest, Response extends NodeReply>(
    handler: (request: Request, response: Response, session: SignedInSession) => unknown,
  ): (request: Request, response: Response) => Promise<void>
}

/**
 * Signs users in to a web app with Sigil, for `node:http`, Express and frameworks on top of them: code flow
 * with PKCE, state and nonce. The tokens never reach the scripts of the page; they are kept in an encrypted
 * cookie or in a store. Throws a `TypeError` if an option is missing or wrong.
 *
 * @example
 * const auth = nodeSignIn({ issuer, clientId, clientSecret, appUrl, cookieSecret })
 * app.get('/sign-in', auth.signIn)
 * app.get('/callback', auth.callback)
 * app.post('/sign-out', auth.signOut)
 * app.get('/account', auth.signedIn((request, response, { user }) => response.end(`Hello ${user.email}`)))
 */
export function nodeSignIn(options: SignInOptions): NodeSignIn {
  const flow = new SignInFlow(signInConfigOf(options))
  return {
    signIn: async (request, response) => send(response, await flow.signIn(ofNode(request))),
    callback: async (request, response) => send(response, await flow.callback(ofNode(request))),
    signOut: async (request, response) => send(response, await flow.signOut(ofNode(request))),
    async session(request, response) {
      if (response.headersSent) throw new Error('Call session before the response begins: it sets a cookie.')
      const { session, cookies } = await flow.current(request)
      setCookies(response, cookies)
      return session
    },
    signedIn: (handler) => async (request, response) => {
      const current = await flow.current(request).catch((error: unknown) => flow.errorOf(error))
      if (!('session' in current)) return send(response, current)
      const { session, cookies } = current
      if (!session) return send(response, flow.anonymous(ofNode(request), cookies))
      setCookies(response, cookies)
      await handler(request, response, session)
    },
  }
}

/**
 * Express removes the path at which a router is mounted from `url`, and keeps the full one in `originalUrl`.
 */
function ofNode(request: NodeRequest & { readonly originalUrl?: string }): NodeRequest {
  const { headers, method = 'GET', originalUrl, url = '/' } = request
  return { headers, method, url: originalUrl ?? url }
}

function send(response: NodeReply, { status, headers, cookies, body }: SignInAnswer): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  for (const header of cookies) response.appendHeader('set-cookie', header)
  response.end(body)
}

function setCookies(response: NodeReply, cookies: readonly string[]): void {
  for (const header of cookies) response.appendHeader('set-cookie', header)
  if (cookies.length > 0) response.setHeader('cache-control', 'no-store')
}
