import { ClientError } from './client-error.ts'
import { type ClientOptions, type Config, configOf } from './client-options.ts'
import { type Message, Tabs } from './tabs.ts'
import { requestTokens, type Tokens, type User, userIn, userOfNewToken } from './tokens.ts'
import { leaveForSigil, ownPath, returnFromSigil } from './visit.ts'

const renewBeforeMs = 30_000
/** How long to wait for other tabs. */
const tabsAnswerMs = 200

/** The implementation of `Client`: gets, renews and shares the tokens, which are in memory. */
export class MemoryClient {
  readonly #config: Config
  readonly #tabs: Tabs
  readonly #listeners = new Set<() => void>()
  #tokens: Tokens | undefined
  #renewing: Promise<Tokens> | undefined
  #arrived = () => {}

  constructor(options: ClientOptions) {
    this.#config = configOf(options)
    this.#tabs = new Tabs(this.#config.clientId, (message) => this.#receive(message))
  }

  get user(): User | undefined {
    return this.#tokens && userIn(this.#tokens.idToken)
  }

  async start(): Promise<User | undefined> {
    const returned = await returnFromSigil(this.#config)
    if (returned?.kind === 'signed_in') this.#share(returned.tokens)
    if (returned?.kind === 'signed_out') this.#tabs.newest = undefined
    if (returned) return this.user
    if (!this.#tokens && this.#tabs.newest !== undefined) await this.#askTabs()
    const isKnown = this.#tabs.newest !== undefined
    if (!this.#tokens && isKnown && this.#config.restore && (await this.#isReachable())) {
      await leaveForSigil(this.#config, { returnTo: ownPath(location.href), isSilent: true })
    }
    return this.user
  }

  signIn(returnTo: string): Promise<never> {
    return leaveForSigil(this.#config, { returnTo: ownPath(returnTo), isSilent: false })
  }

  async signOut(): Promise<never> {
    const { issuer, clientId, postLogoutUri } = this.#config
    const hint = this.#tokens && { id_token_hint: this.#tokens.idToken }
    this.#end()
    this.#tabs.send({ kind: 'signed_out' })
    const query = { client_id: clientId, post_logout_redirect_uri: postLogoutUri, ...hint }
    location.assign(`${issuer}/oauth/logout?${new URLSearchParams(query)}`)
    return new Promise(() => {})
  }

  async accessToken(): Promise<string> {
    const tokens = this.#tokens
    if (!tokens) throw new ClientError('signed_out')
    if (tokens.expiresAt - renewBeforeMs > Date.now()) return tokens.accessToken
    return (await this.#renew(tokens)).accessToken
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init)
    const { origin } = new URL(request.url)
    if (!this.#config.apis.includes(origin)) {
      throw new TypeError(`The access token is not for ${origin}: list it in the option apis.`)
    }
    const accessToken = await this.accessToken()
    const answer = await fetch(withToken(request.clone(), accessToken))
    const tokens = this.#tokens
    if (answer.status !== 401 || !tokens) return answer
    // Revoked, but the session may still be live, for example after a change of roles: a new token contains
    // the change.
    const isOld = tokens.accessToken !== accessToken
    const renewed = isOld ? tokens : await this.#renew(tokens).catch(() => undefined)
    return renewed ? fetch(withToken(request, renewed.accessToken)) : answer
  }

  onSignedOut(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#tokens = undefined
    this.#tabs.close()
  }

  /** Renews tokens, once for all callers in all tabs. */
  #renew(spent: Tokens): Promise<Tokens> {
    this.#renewing ??= this.#tabs
      .alone(() => this.#renewAlone(spent))
      .finally(() => {
        this.#renewing = undefined
      })
    return this.#renewing
  }

  async #renewAlone(spent: Tokens): Promise<Tokens> {
    const isSpent = () => this.#tokens?.accessToken === spent.accessToken
    // Another tab may have renewed them while this one waited, and its message may still be in transit.
    if (isSpent() && (this.#tabs.newest ?? 0) > spent.expiresAt) await this.#askTabs()
    if (!this.#tokens) throw new ClientError('signed_out')
    if (!isSpent()) return this.#tokens
    try {
      const form = { grant_type: 'refresh_token', refresh_token: spent.refreshToken }
      const renewed = await requestTokens(this.#config, form)
      const user = userOfNewToken(renewed, this.#config)
      // OpenID Connect Core section 12.2.
      if (user.id !== userIn(spent.idToken).id) throw new ClientError('rejected')
      this.#share(renewed)
      return renewed
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      if (error.code === 'unavailable' && spent.expiresAt > Date.now()) return spent
      if (error.code !== 'rejected') throw error
      this.#end()
      this.#tabs.send({ kind: 'signed_out' })
      throw new ClientError('signed_out')
    }
  }

  #share(tokens: Tokens): void {
    this.#tokens = tokens
    this.#tabs.newest = tokens.expiresAt
    this.#tabs.send({ kind: 'tokens', tokens })
  }

  #receive(message: Message): void {
    if (message.kind === 'signed_out') this.#end()
    if (message.kind === 'ask' && this.#tokens) this.#tabs.send({ kind: 'tokens', tokens: this.#tokens })
    if (message.kind !== 'tokens') return
    const isNewer = message.tokens.expiresAt > (this.#tokens?.expiresAt ?? 0)
    if (isNewer) this.#tokens = message.tokens
    if (isNewer) this.#arrived()
  }

  /** Waits for newer tokens from another tab, but not for long: there may be no other tab. */
  #askTabs(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve
      setTimeout(resolve, tabsAnswerMs)
      this.#tabs.send({ kind: 'ask' })
    })
  }

  /**
   * Whether Sigil is reachable, so that a redirect would return: its server may be down, or the device
   * offline.
   */
  #isReachable(): Promise<boolean> {
    const init = { mode: 'no-cors', credentials: 'omit', signal: AbortSignal.timeout(5000) } as const
    return fetch(`${this.#config.issuer}/healthz`, init).then(
      () => true,
      () => false,
    )
  }

  #end(): void {
    const wasSignedIn = this.#tokens !== undefined
    this.#tokens = undefined
    this.#tabs.newest = undefined
    if (wasSignedIn) for (const listener of this.#listeners) listener()
  }
}

function withToken(request: Request, token: string): Request {
  const headers = new Headers(request.headers)
  headers.set('authorization', `Bearer ${token}`)
  return new Request(request, { headers })
}
