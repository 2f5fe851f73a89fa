import { VerifyError } from './error.ts'
import { type SignedInUser, userIn, userOfNewToken } from './id-token.ts'
import { randomText, type SealedBox, sha256 } from './sealed-box.ts'
import { cookie } from './set-cookie.ts'
import { SignInError } from './sign-in-error.ts'
import type { SignInConfig } from './sign-in-options.ts'
import { refreshTokens, type Tokens } from './token-endpoint.ts'

/** A signed-in user of the app. The access token is for the app's server: do not send it to the browser. */
export type SignedInSession = {
  readonly user: SignedInUser
  readonly accessToken: string
  /** Milliseconds since 1970. It is replaced half a minute before. */
  readonly accessTokenExpiresAt: number
  readonly scopes: readonly string[]
}

/** A session with the cookies that the response must set. */
export type Current = { readonly session: SignedInSession | undefined; readonly cookies: readonly string[] }

/** A session that is unused for this long is dropped here; Sigil ends it earlier, by its own settings. */
const keptForSeconds = 30 * 24 * 60 * 60
const renewBeforeMs = 30_000
/** Requests with the previous cookie may still be on their way. */
const rememberedForMs = 10_000
const maxCookieLength = 4096

type Renewal = { readonly promise: Promise<Tokens | undefined>; readonly until: number }

/** The sessions of an app: in the cookie, encrypted, or in a store, by an id in the cookie. */
export class CookieSessions {
  readonly #config: SignInConfig
  readonly #box: SealedBox
  readonly #renewals = new Map<string, Renewal>()

  constructor(config: SignInConfig, box: SealedBox) {
    this.#config = config
    this.#box = box
  }

  /** The session of a cookie. Refreshes its tokens when necessary, once for all concurrent requests. */
  async current(value: string | undefined): Promise<Current> {
    if (value === undefined) return { session: undefined, cookies: [] }
    const tokens = await this.read(value)
    if (!tokens) return { session: undefined, cookies: [this.#cleared()] }
    const isAccepted = await this.#isAccepted(tokens)
    const isDue = tokens.expiresAt - renewBeforeMs <= this.#config.now()
    if (isAccepted && !isDue) return { session: sessionOf(tokens), cookies: [] }
    const renewed = await this.#renew(tokens).catch((error: unknown) => {
      if (isAccepted && error instanceof SignInError && error.code === 'unavailable') return 'later' as const
      throw error
    })
    if (renewed === 'later') return { session: sessionOf(tokens), cookies: [] }
    if (!renewed || !(await this.#isAccepted(renewed))) {
      return { session: undefined, cookies: [await this.forget(value)] }
    }
    return { session: sessionOf(renewed), cookies: [await this.#keep(renewed, value)] }
  }

  /** Starts a session and returns its cookie. */
  open(tokens: Tokens): Promise<string> {
    return this.#keep(tokens, randomText())
  }

  /** The stored tokens of a session, however old. */
  async read(value: string): Promise<Tokens | undefined> {
    const { store, cookies } = this.#config
    const sealed = store ? await stored(async () => store.get(await sha256(value))) : value
    const text = sealed ? await this.#box.open(sealed, cookies.session) : undefined
    return text === undefined ? undefined : (JSON.parse(text) as Tokens)
  }

  /** Removes a session and returns the cookie that clears it. */
  async forget(value: string): Promise<string> {
    const { store } = this.#config
    if (store) await stored(async () => store.delete(await sha256(value)))
    return this.#cleared()
  }

  /** A renewal from before a sign-out must not be returned after it. */
  forgetRenewal({ refreshToken }: Tokens): void {
    this.#renewals.delete(refreshToken)
  }

  async #keep(tokens: Tokens, id: string): Promise<string> {
    const { store, cookies, isSecure } = this.#config
    const sealed = await this.#box.seal(JSON.stringify(tokens), cookies.session)
    if (store) await stored(async () => store.set(await sha256(id), sealed, keptForSeconds))
    const header = cookie(cookies.session, store ? id : sealed, { isSecure, seconds: keptForSeconds })
    if (header.length <= maxCookieLength) return header
    throw new SignInError('misconfigured', { message: 'The session does not fit a cookie: pass a store.' })
  }

  #cleared(): string {
    const { cookies, isSecure } = this.#config
    return cookie(cookies.session, '', { isSecure, seconds: 0 })
  }

  /**
   * Sigil accepts a refresh token once, and within the grace period returns the same successor again: so the
   * processes of an app do not have to coordinate, and this process sends one request.
   */
  #renew(tokens: Tokens): Promise<Tokens | undefined> {
    const now = this.#config.now()
    for (const [key, { until }] of this.#renewals) if (until < now) this.#renewals.delete(key)
    const known = this.#renewals.get(tokens.refreshToken)
    if (known) return known.promise
    const promise = this.#refreshed(tokens)
    this.#renewals.set(tokens.refreshToken, { promise, until: now + rememberedForMs })
    promise.catch(() => this.#renewals.delete(tokens.refreshToken))
    return promise
  }

  async #refreshed(tokens: Tokens): Promise<Tokens | undefined> {
    const { issuer, clientId, now } = this.#config
    const renewed = await refreshTokens(this.#config, tokens.refreshToken)
    if (!renewed) return undefined
    const user = userOfNewToken(renewed.idToken, { issuer, clientId, nonce: undefined, now: now() })
    // OpenID Connect Core section 12.2.
    return user.id === userIn(tokens.idToken)?.id ? renewed : undefined
  }

  async #isAccepted({ accessToken, expiresAt }: Tokens): Promise<boolean> {
    const { verifier, now } = this.#config
    if (expiresAt <= now()) return false
    if (!verifier) return true
    try {
      await verifier.verify(accessToken)
      return true
    } catch (error) {
      if (!(error instanceof VerifyError)) throw error
      if (error.code === 'revoked' || error.code === 'expired') return false
      if (error.status === 503) throw new SignInError('unavailable', { cause: error })
      const message = `The verifier does not accept the tokens of this app: ${error.message}`
      throw new SignInError('misconfigured', { message, cause: error })
    }
  }
}

function sessionOf({ idToken, accessToken, expiresAt, scope }: Tokens): SignedInSession | undefined {
  const user = userIn(idToken)
  const scopes = scope.split(' ').filter((name) => name !== '')
  return user && { user, accessToken, accessTokenExpiresAt: expiresAt, scopes }
}

async function stored<T>(use: () => T | Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (cause) {
    const message = 'The store of sessions failed.'
    throw new SignInError('unavailable', { message, cause })
  }
}
