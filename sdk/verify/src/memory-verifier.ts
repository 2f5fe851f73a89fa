import { type Clock, stayAwake, systemClock } from './clock.ts'
import { VerifyError } from './error.ts'
import { Feed } from './feed.ts'
import { decodeJwt } from './jwt.ts'
import { KeySet } from './key-set.ts'
import { type Settled, settle, type VerifierOptions, type VerifierState } from './options.ts'
import { type RequestLike, tokenIn } from './presented.ts'
import { Remembered } from './remembered.ts'
import { type Fetch, Server, ServerRefused } from './server.ts'
import type { PublicKey } from './signing.ts'
import { type CheckedToken, checkedToken, isFor, type VerifiedToken } from './token.ts'

type Remembering = CheckedToken & { readonly key: PublicKey }
type Waiting = { resolve(): void; reject(error: VerifyError): void }

/** What stands behind a `Verifier`: the keys, the feed, and the tokens that were checked before. */
export class MemoryVerifier {
  readonly #awaitPropagation: Settled
  readonly #clock: Clock
  readonly #server: Server
  readonly #keys: KeySet
  readonly #feed: Feed
  readonly #remembered: Remembered<Remembering>
  readonly #tell: (state: VerifierState) => void
  #waiting: Waiting[] = []
  #isClosed = false
  #isHeld = false
  #cancelLapse = () => {}
  #failure: unknown

  constructor(options: VerifierOptions) {
    this.#awaitPropagation = settle(options)
    const { serverUrl: url, key, cacheSize } = this.#awaitPropagation
    const { clock = systemClock, random = Math.random, onState = () => {} } = options
    const fetch: Fetch = options.fetch ?? ((...call) => globalThis.fetch(...call))
    this.#clock = clock
    this.#tell = onState
    const server = new Server({ url, key, fetch, clock })
    this.#server = server
    this.#keys = new KeySet({ ask: () => server.jwks(), clock })
    this.#feed = new Feed({
      send: (poll, signal) => server.poll(poll, signal),
      clock,
      random,
      onRound: (failure) => this.#afterRound(failure),
    })
    this.#remembered = new Remembered(cacheSize)
  }

  async verify(presented: string | RequestLike): Promise<VerifiedToken> {
    this.#begin()
    const text = this.#textOf(presented)
    const checked = this.#recall(text) ?? (await this.#check(text))
    // Nothing is awaited from here to the answer, so what is judged by is no older than this moment.
    if (this.#judge(checked) || this.#isWithinBound()) return checked.token
    return this.#judgeStale(text, checked)
  }

  verifySync(presented: string | RequestLike): VerifiedToken {
    this.#begin()
    const text = this.#textOf(presented)
    const checked = this.#recall(text) ?? this.#checkSync(text)
    if (this.#judge(checked) || this.#isWithinBound()) return checked.token
    throw new VerifyError('unavailable', { cause: this.#failure })
  }

  async ready(): Promise<void> {
    this.#begin()
    // No timer of a verifier keeps a process alive, so one that does nothing yet but wait would end.
    const letGo = stayAwake()
    await this.#untilReady().finally(letGo)
  }

  async #untilReady(): Promise<void> {
    await Promise.all([this.#untilHeld(), this.#keys.load()])
    // The server answers polls, so it answers this one too: soon, if not yet.
    while (!this.#keys.isLoaded && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#clock.after(100, resolve))
      await this.#keys.load()
    }
    if (this.#isClosed) throw new VerifyError('closed')
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
      lastFailure: this.#failure instanceof Error ? this.#failure.message : undefined,
      remembered: this.#remembered.size,
    }
  }

  close(): void {
    this.#isClosed = true
    this.#cancelLapse()
    this.#feed.stop()
    for (const { reject } of this.#waiting.splice(0)) reject(new VerifyError('closed'))
  }

  #begin(): void {
    if (this.#isClosed) throw new VerifyError('closed')
    this.#feed.start()
  }

  #textOf(presented: string | RequestLike): string {
    const text = typeof presented === 'string' ? presented : tokenIn(presented, this.#awaitPropagation.cookie)
    if (!text) throw new VerifyError('missing')
    return text
  }

  /** A key that is not listed any more takes what it signed with it, however far off its expiry is. */
  #recall(text: string): Remembering | undefined {
    const known = this.#remembered.get(text)
    return known && this.#keys.get(known.keys.kid) === known.key ? known : undefined
  }

  async #check(text: string): Promise<Remembering> {
    const jwt = this.#read(text)
    const key = await this.#keys.find(jwt.kid)
    if (!key) throw new VerifyError('unknown_key')
    if (!(await key.check(jwt.signed, jwt.signature))) throw new VerifyError('bad_signature')
    if (this.#isClosed) throw new VerifyError('closed')
    return this.#remember(text, { ...jwt.checked, key })
  }

  #checkSync(text: string): Remembering {
    const jwt = this.#read(text)
    const key = this.#keys.get(jwt.kid)
    if (!key) throw new VerifyError('unavailable')
    const isGood = key.check(jwt.signed, jwt.signature)
    if (typeof isGood !== 'boolean') throw new VerifyError('unavailable')
    if (!isGood) throw new VerifyError('bad_signature')
    return this.#remember(text, { ...jwt.checked, key })
  }

  #remember(text: string, checked: Remembering): Remembering {
    this.#remembered.remember(text, checked)
    return checked
  }

  #read(text: string) {
    const jwt = decodeJwt(text)
    if (!jwt) throw new VerifyError('malformed')
    if (jwt.payload.iss !== this.#awaitPropagation.issuer) throw new VerifyError('wrong_issuer')
    if (!isFor(jwt.payload.aud, this.#awaitPropagation.audiences)) throw new VerifyError('wrong_audience')
    const checked = checkedToken(jwt)
    if (!checked) throw new VerifyError('malformed')
    return { ...jwt, checked }
  }

  /** Whether it may be said here and now that the token is good. Throws where it is not. */
  #judge({ token, keys }: Remembering): boolean {
    if (token.expiresAt <= this.#clock.now()) throw new VerifyError('expired')
    if (this.#feed.isDead(keys)) throw new VerifyError('revoked')
    // Asked last: whatever the clocks do while the token is looked at, the answer is no older than the lease.
    return this.#feed.canTell()
  }

  #isWithinBound(): boolean {
    const { stale } = this.#awaitPropagation
    const lapsedForMs = this.#feed.lapsedForMs()
    if (typeof stale === 'string' || lapsedForMs === undefined) return false
    return lapsedForMs <= stale.boundedSeconds * 1000
  }

  /**
   * Never shared between calls: one that began before a revocation may not speak for one that began after it.
   */
  async #judgeStale(text: string, checked: Remembering): Promise<VerifiedToken> {
    if (this.#awaitPropagation.stale !== 'ask') throw new VerifyError('unavailable', { cause: this.#failure })
    const isAccepted = await this.#server.accepts(text).catch((cause: unknown) => {
      throw new VerifyError('unavailable', { cause })
    })
    if (this.#isClosed) throw new VerifyError('closed')
    if (!isAccepted) throw new VerifyError('revoked')
    if (checked.token.expiresAt <= this.#clock.now()) throw new VerifyError('expired')
    return checked.token
  }

  #untilHeld(): Promise<void> {
    if (this.#feed.canTell()) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  #afterRound(failure: unknown): void {
    this.#failure = failure
    this.#watch()
    const none = { signature: '', sessionId: '', issuedAt: Number.POSITIVE_INFINITY }
    this.#keys.replace((kid) => this.#feed.isDead({ ...none, kid }))
    if (this.#feed.canTell()) for (const { resolve } of this.#waiting.splice(0)) resolve()
    const isKeyRefused = failure instanceof ServerRefused && [401, 403].includes(failure.status)
    if (!isKeyRefused) return
    const error = new VerifyError('unavailable', { cause: failure })
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  /** Tells of a lease that was gained, and looks again when it would end. */
  #watch(): void {
    this.#cancelLapse()
    if (this.#isClosed) return
    const isHeld = this.#feed.canTell()
    const leftMs = -(this.#feed.lapsedForMs() ?? 0)
    if (isHeld) this.#cancelLapse = this.#clock.after(Math.max(0, leftMs) + 1, () => this.#watch())
    if (isHeld === this.#isHeld) return
    this.#isHeld = isHeld
    const state = this.state()
    // A listener that throws is heard of, and harms no verification.
    queueMicrotask(() => this.#tell(state))
  }
}
