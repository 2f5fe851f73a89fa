import { CookieSessions, type Current } from './cookie-session.ts'
import { userOfNewToken } from './id-token.ts'
import { cookieIn, headerIn, type RequestLike } from './presented.ts'
import { randomText, SealedBox, sha256 } from './sealed-box.ts'
import { cookie } from './set-cookie.ts'
import { errorAnswer, problemAnswer, redirect, type SignInAnswer } from './sign-in-answer.ts'
import { SignInError } from './sign-in-error.ts'
import type { SignInConfig } from './sign-in-options.ts'
import { redeemCode, revokeTokens } from './token-endpoint.ts'

/** A request of the Fetch standard or of Node. */
export type Incoming = RequestLike & {
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** A sign-in in progress, as the browser stores it, encrypted. */
type Started = {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly returnTo: string
  readonly at: number
}

/** The time limit of a sign-in, and how many concurrent sign-ins in several tabs are remembered. */
const startedForSeconds = 60 * 60
const maxStarted = 4

/** The steps of a sign-in (OpenID Connect Core section 3.1), of a sign-out, and the session between them. */
export class SignInFlow {
  readonly #config: SignInConfig
  readonly #box: SealedBox
  readonly #sessions: CookieSessions

  constructor(config: SignInConfig) {
    this.#config = config
    this.#box = new SealedBox(config.secrets)
    this.#sessions = new CookieSessions(config, this.#box)
  }

  current(request: RequestLike): Promise<Current> {
    return this.#sessions.current(this.#cookieOf(request, this.#config.cookies.session))
  }

  /** Redirects to Sigil. `?return_to=PATH` is the page to return to afterwards. */
  async signIn(request: Incoming): Promise<SignInAnswer> {
    if (!isRead(request)) return problemAnswer(405, 'GET')
    const { issuer, clientId, redirectUri, scope, resource, now } = this.#config
    const returnTo = this.#ownPath(this.#urlOf(request).searchParams.get('return_to') ?? '/')
    const [state, nonce, verifier] = [randomText(), randomText(), randomText()]
    const started = { state, nonce, verifier, returnTo, at: now() }
    const others = await this.#started(request)
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await sha256(verifier),
      code_challenge_method: 'S256',
      ...(resource === undefined ? {} : { resource }),
    })
    const kept = await this.#startedCookie([started, ...others].slice(0, maxStarted))
    return redirect(`${issuer}/oauth/authorize?${query}`, [kept])
  }

  /** Finishes a sign-in. Errors are logged, and shown to the user without details. */
  async callback(request: Incoming): Promise<SignInAnswer> {
    if (!isRead(request)) return problemAnswer(405, 'GET')
    const all = await this.#started(request)
    const { searchParams } = this.#urlOf(request)
    const started = all.find(({ state }) => state === searchParams.get('state'))
    const kept = await this.#startedCookie(all.filter((one) => one !== started))
    try {
      if (!started) throw new SignInError('expired')
      const opened = await this.#finish(searchParams, started)
      await this.#forgetPrevious(request)
      return redirect(started.returnTo, [opened, kept])
    } catch (error) {
      if (!(error instanceof SignInError)) throw error
      this.#config.log(`A sign-in failed (${error.code}): ${error.message}`)
      return errorAnswer(this.#config, error, [kept])
    }
  }

  /**
   * Ends the session here and at Sigil. Expects a POST from the app's own pages, so that links cannot do it.
   */
  async signOut(request: Incoming): Promise<SignInAnswer> {
    if (request.method !== 'POST') return problemAnswer(405, 'POST')
    if (!this.#isFromHere(request)) return problemAnswer(403)
    const { issuer, clientId, signedOutUri, cookies } = this.#config
    const value = this.#cookieOf(request, cookies.session)
    const tokens = value === undefined ? undefined : await this.#sessions.read(value)
    if (value === undefined || !tokens) return redirect(signedOutUri, [])
    this.#sessions.forgetRenewal(tokens)
    const cleared = await this.#sessions.forget(value)
    // Not left to the redirect, because the browser may never follow it.
    await revokeTokens(this.#config, tokens.refreshToken)
    const query = new URLSearchParams({
      client_id: clientId,
      id_token_hint: tokens.idToken,
      post_logout_redirect_uri: signedOutUri,
    })
    return redirect(`${issuer}/oauth/logout?${query}`, [cleared])
  }

  /**
   * For a request without a session: a navigation is redirected to the sign-in page and back, anything else
   * gets 401.
   */
  anonymous(request: Incoming, cookies: readonly string[]): SignInAnswer {
    const isNavigation = isRead(request) && headerIn(request.headers, 'accept')?.includes('text/html')
    if (!isNavigation) return problemAnswer(401)
    const { pathname, search } = this.#urlOf(request)
    const query = new URLSearchParams({ return_to: pathname + search })
    return redirect(`${this.#config.signInPath}?${query}`, cookies)
  }

  errorOf(error: unknown): SignInAnswer {
    if (!(error instanceof SignInError)) throw error
    this.#config.log(`A session could not be read (${error.code}): ${error.message}`)
    return errorAnswer(this.#config, error, [])
  }

  async #finish(answer: URLSearchParams, started: Started): Promise<string> {
    const { issuer, clientId, now } = this.#config
    // RFC 9207: the response is from the server that the request was sent to.
    if (answer.get('iss') !== issuer) throw new SignInError('rejected')
    const error = answer.get('error')
    if (error !== null) throw errorOfResponse(error, answer.get('error_description'))
    const code = answer.get('code')
    if (code === null) throw new SignInError('rejected')
    const tokens = await redeemCode(this.#config, { code, verifier: started.verifier })
    userOfNewToken(tokens.idToken, { issuer, clientId, nonce: started.nonce, now: now() })
    return this.#sessions.open(tokens)
  }

  /** A new sign-in gets a new id, and the previous session is not kept. */
  async #forgetPrevious(request: Incoming): Promise<void> {
    const value = this.#cookieOf(request, this.#config.cookies.session)
    if (value !== undefined) await this.#sessions.forget(value)
  }

  async #started(request: Incoming): Promise<Started[]> {
    const { cookies, now } = this.#config
    const value = this.#cookieOf(request, cookies.started)
    const text = value === undefined ? undefined : await this.#box.open(value, cookies.started)
    const all = text === undefined ? [] : (JSON.parse(text) as Started[])
    return all.filter(({ at }) => at > now() - startedForSeconds * 1000)
  }

  async #startedCookie(started: readonly Started[]): Promise<string> {
    const { cookies, isSecure } = this.#config
    if (started.length === 0) return cookie(cookies.started, '', { isSecure, seconds: 0 })
    const sealed = await this.#box.seal(JSON.stringify(started), cookies.started)
    return cookie(cookies.started, sealed, { isSecure, seconds: startedForSeconds })
  }

  #cookieOf({ headers }: RequestLike, name: string): string | undefined {
    return cookieIn(headerIn(headers, 'cookie'), name)
  }

  /** Only path and query are taken from the request: behind a proxy, its host and scheme may differ. */
  #urlOf({ url = '/' }: Incoming): URL {
    const { appUrl } = this.#config
    const asked = URL.canParse(url, appUrl) ? new URL(url, appUrl) : new URL(appUrl)
    return new URL(appUrl + asked.pathname + asked.search)
  }

  /** A path of this app, so that a link cannot redirect a user elsewhere after the sign-in. */
  #ownPath(wanted: string): string {
    const { appUrl } = this.#config
    if (!/^\/(?![/\\])/.test(wanted) || wanted.length > 1000) return '/'
    const { origin, pathname, search } = new URL(wanted, appUrl)
    // Without its dot segments a path such as `/.//host` begins with two slashes, which leads to that host.
    return origin === appUrl && !pathname.startsWith('//') ? pathname + search : '/'
  }

  #isFromHere({ headers }: Incoming): boolean {
    const site = headerIn(headers, 'sec-fetch-site')
    if (site !== undefined) return site === 'same-origin' || site === 'none'
    const origin = headerIn(headers, 'origin')
    return origin === undefined || origin === this.#config.appUrl
  }
}

function isRead({ method = 'GET' }: Incoming): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** RFC 6749 section 4.1.2.1 and OpenID Connect Core section 3.1.2.6. */
function errorOfResponse(error: string, description: string | null): SignInError {
  if (error === 'access_denied') return new SignInError('denied')
  if (error === 'temporarily_unavailable' || error === 'server_error') return new SignInError('unavailable')
  const message = `Sigil rejected the request of this app: ${error}. ${description ?? ''}`
  return new SignInError('misconfigured', { message: message.trim() })
}
