import { type Clock, systemClock } from './clock.ts'
import { ProofChecks } from './dpop.ts'
import { VerifyError } from './error.ts'
import { Feed } from './feed.ts'
import { decodeJwt } from './jwt.ts'
import { KeySet } from './key-set.ts'
import { type Config, configOf, type VerifierOptions, type VerifierState } from './options.ts'
import { type Presented, type ProvenRequest, presentedIn, type RequestLike } from './presented.ts'
import { Readiness } from './readiness.ts'
import { reasonOf } from './reason.ts'
import { Remembered } from './remembered.ts'
import { type Fetch, Server } from './server.ts'
import type { PublicKey } from './signing.ts'
import { audiencesIn, type CheckedToken, checkedToken, thumbprintIn, type VerifiedToken } from './token.ts'

type KnownToken = CheckedToken & { readonly key: PublicKey }

/** How far the clock of the server may be ahead of ours. */
const clockToleranceMs = 5 * 60 * 1000

/** The implementation of `Verifier`: the keys, the feed of revocations, and the tokens checked before. */
export class MemoryVerifier {
  readonly #config: Config
  readonly #clock: Clock
  readonly #server: Server
  readonly #keys: KeySet
  readonly #feed: Feed
  readonly #readiness: Readiness
  readonly #remembered: Remembered<KnownToken>
  readonly #proofs = new ProofChecks()
  readonly #onState: (state: VerifierState) => void
  #isClosed = false
  #isHeld = false
  #cancelLapse = () => {}
  #failure: unknown

  constructor(options: VerifierOptions) {
    this.#config = configOf(options)
    const { serverUrl: url, key, issuer, audiences, cacheSize } = this.#config
    const { clock = systemClock, random = Math.random, onState = () => {} } = options
    const fetch: Fetch = options.fetch ?? ((...call) => globalThis.fetch(...call))
    this.#clock = clock
    this.#onState = onState
    const server = new Server({ url, key, issuer, audiences, fetch, clock })
    this.#server = server
    this.#keys = new KeySet({ fetchKeys: () => server.jwks(), clock })
    this.#feed = new Feed({
      send: (poll, signal) => server.poll(poll, signal),
      clock,
      random,
      onRound: (failure) => this.#afterRound(failure),
    })
    this.#readiness = new Readiness({ feed: this.#feed, keys: this.#keys, url, clock, log: options.log })
    this.#remembered = new Remembered(cacheSize)
  }

  async verify(presented: string | RequestLike, request?: ProvenRequest): Promise<VerifiedToken> {
    this.#begin()
    const found = this.#presentedIn(presented)
    const { token: text } = found
    const checked = this.#recall(text) ?? (await this.#check(text))
    if (isBound(found, checked)) await this.#prove(found, checked, request)
    // Nothing is awaited from here to the return, so that the verdict is as of this moment.
    if (this.#judge(checked) || this.#isWithinBound()) return checked.token
    return this.#judgeStale(text, checked)
  }

  verifySync(presented: string | RequestLike): VerifiedToken {
    this.#begin()
    const found = this.#presentedIn(presented)
    const { token: text } = found
    const checked = this.#recall(text) ?? this.#checkSync(text)
    if (isBound(found, checked)) throw new VerifyError('invalid_proof')
    if (this.#judge(checked) || this.#isWithinBound()) return checked.token
    throw new VerifyError('unavailable', { cause: this.#failure })
  }

  async ready(): Promise<void> {
    this.#begin()
    await this.#readiness.wait()
  }

  state(): VerifierState {
    const feed = this.#feed
    return {
      lease: feed.canTell() ? 'held' : 'lapsed',
      leaseAgeMs: feed.leaseAgeMs(),
      entries: feed.size,
      head: feed.applied,
      holder: feed.holder,
      timeline: feed.timeline,
      skewMs: feed.skewMs,
      failures: feed.failures,
      lastFailure: this.#failure === undefined ? undefined : reasonOf(this.#failure),
      remembered: this.#remembered.size,
    }
  }

  close(): void {
    this.#isClosed = true
    this.#cancelLapse()
    this.#feed.stop()
    this.#readiness.close()
  }

  #begin(): void {
    if (this.#isClosed) throw new VerifyError('closed')
    this.#feed.start()
  }

  #presentedIn(presented: string | RequestLike): Presented {
    const isText = typeof presented === 'string'
    const alone = { token: String(presented), scheme: undefined, proof: undefined }
    const found = isText ? alone : presentedIn(presented, this.#config.cookie)
    if (!found?.token) throw new VerifyError('missing')
    return found
  }

  /**
   * RFC 9449 section 7.1: a bound token requires the scheme DPoP and a proof, and other tokens must not use
   * it.
   */
  async #prove(found: Presented, checked: KnownToken, request: ProvenRequest | undefined): Promise<void> {
    const { keyThumbprint } = checked
    const isAllowed = keyThumbprint !== undefined && found.scheme !== 'bearer' && request !== undefined
    if (!isAllowed) throw new VerifyError('invalid_proof')
    const { method, url, proof } = request
    const proven = { method, url, token: found.token, keyThumbprint, now: this.#clock.now() }
    await this.#proofs.check({ ...proven, proof: found.scheme === 'dpop' ? found.proof : proof })
    if (this.#isClosed) throw new VerifyError('closed')
  }

  /** Tokens signed with a key that is no longer listed are rejected, even if they have not expired. */
  #recall(text: string): KnownToken | undefined {
    const known = this.#remembered.get(text)
    return known && this.#keys.get(known.kid) === known.key ? known : undefined
  }

  async #check(text: string): Promise<KnownToken> {
    const jwt = this.#parse(text)
    const key = await this.#keys.find(jwt.kid)
    if (!key) throw new VerifyError('unknown_key')
    if (!(await key.check(jwt.signed, jwt.jwsSignature))) throw new VerifyError('bad_signature')
    if (this.#isClosed) throw new VerifyError('closed')
    return this.#remember(text, { ...jwt.checked, key })
  }

  #checkSync(text: string): KnownToken {
    const jwt = this.#parse(text)
    const key = this.#keys.get(jwt.kid)
    if (!key) throw new VerifyError('unavailable')
    const isGood = key.check(jwt.signed, jwt.jwsSignature)
    if (typeof isGood !== 'boolean') throw new VerifyError('unavailable')
    if (!isGood) throw new VerifyError('bad_signature')
    return this.#remember(text, { ...jwt.checked, key })
  }

  #remember(text: string, checked: KnownToken): KnownToken {
    this.#remembered.remember(text, checked)
    return checked
  }

  /** Form and claims. Unknown restrictions are rejected. */
  #parse(text: string) {
    const { issuer, audiences } = this.#config
    const jwt = decodeJwt(text)
    if (!jwt) throw new VerifyError('malformed')
    // RFC 7800: an unknown confirmation method restricts the token in an unknown way.
    const isKnown = jwt.payload.cnf === undefined || thumbprintIn(jwt.payload.cnf) !== undefined
    if (jwt.isExtended || !isKnown) throw new VerifyError('unsupported')
    if (jwt.payload.iss !== issuer) throw new VerifyError('wrong_issuer')
    const common = audiencesIn(jwt.payload.aud, audiences)
    if (common.length === 0) throw new VerifyError('wrong_audience')
    const checked = checkedToken(jwt)
    if (!checked) throw new VerifyError('malformed')
    if (!this.#isAllowedClient(checked.token.clientId, common)) throw new VerifyError('wrong_client')
    return { ...jwt, checked }
  }

  #isAllowedClient(clientId: string, audiences: readonly string[]): boolean {
    const { clients, issuer } = this.#config
    if (clients) return clients.includes(clientId)
    return clientId === issuer || !audiences.includes(issuer)
  }

  /** Whether the token may be accepted from memory now. Throws if it is not valid. */
  #judge({ token, revocationIds, notBefore }: KnownToken): boolean {
    const now = this.#clock.now()
    if (this.#isExpired(token)) throw new VerifyError('expired')
    if (notBefore > now + clockToleranceMs) throw new VerifyError('not_yet_valid')
    if (this.#feed.isRevoked(revocationIds, token.issuedAt)) throw new VerifyError('revoked')
    // Checked last, so that the verdict is never older than the lease, even if the clocks change in between.
    return this.#feed.canTell()
  }

  #isWithinBound(): boolean {
    const { stale } = this.#config
    const lapsedForMs = this.#feed.lapsedForMs()
    if (typeof stale === 'string' || lapsedForMs === undefined) return false
    return lapsedForMs <= stale.boundedSeconds * 1000
  }

  /**
   * Never shared between calls: a request sent before a revocation proves nothing to a call made after it.
   */
  async #judgeStale(text: string, checked: KnownToken): Promise<VerifiedToken> {
    if (this.#config.stale !== 'ask') throw new VerifyError('unavailable', { cause: this.#failure })
    const isOwn = audiencesIn(checked.token.claims.aud, [this.#config.issuer]).length > 0
    const asking = isOwn ? this.#server.acceptsOwn(text) : this.#server.acceptsOfApp(text)
    const isAccepted = await asking.catch((cause: unknown) => {
      throw new VerifyError('unavailable', { cause })
    })
    if (this.#isClosed) throw new VerifyError('closed')
    if (!isAccepted) throw new VerifyError('revoked')
    if (this.#isExpired(checked.token)) throw new VerifyError('expired')
    return checked.token
  }

  /** Also by the entries that were dropped: a clock that was set back since must not revive their tokens. */
  #isExpired({ expiresAt }: VerifiedToken): boolean {
    return expiresAt <= this.#clock.now() || expiresAt <= this.#feed.droppedUntil
  }

  #afterRound(failure: unknown): void {
    this.#failure = failure
    this.#watch()
    this.#keys.replace((kid) => this.#feed.isRevoked([kid], Number.POSITIVE_INFINITY))
    this.#readiness.afterRound(failure)
  }

  /** Reports a change of the lease, and checks again when the lease would end. */
  #watch(): void {
    this.#cancelLapse()
    if (this.#isClosed) return
    const isHeld = this.#feed.canTell()
    const leftMs = -(this.#feed.lapsedForMs() ?? 0)
    if (isHeld) this.#cancelLapse = this.#clock.after(Math.max(0, leftMs) + 1, () => this.#watch())
    if (isHeld === this.#isHeld) return
    this.#isHeld = isHeld
    const state = this.state()
    // In a separate task: a listener that throws must not affect a verification.
    queueMicrotask(() => this.#onState(state))
  }
}

function isBound({ scheme }: Presented, { keyThumbprint }: KnownToken): boolean {
  return scheme === 'dpop' || keyThumbprint !== undefined
}
