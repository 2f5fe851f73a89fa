import type { Clock } from './clock.ts'

/**
 * One revocation: the key of a user (a signature), of a session or of a signing key, and until when it
 * matters.
 */
export type Entry = { readonly seq: number; readonly key: string; readonly expiresAt: number }

/** What the keys of one token are looked up by. */
export type TokenKeys = {
  readonly signature: string
  readonly sessionId: string
  readonly kid: string
  /** Milliseconds since 1970. */
  readonly issuedAt: number
}

/**
 * After a start, or a step of the wall clock, nothing is dropped for so long: the longest life of a token.
 */
const nothingDroppedForMs = 60 * 60 * 1000
const stepMs = 1000
const sweepEveryMs = 60 * 1000

/**
 * What was revoked. A set, so that a second revocation revives nothing; it forgets what no token can outlive.
 */
export class RevokedIds {
  readonly #clock: Clock
  readonly #expiries = new Map<string, number>()
  #dropsFrom: number
  #sweepsFrom: number
  #wallAhead: number

  constructor(clock: Clock) {
    this.#clock = clock
    const monotonic = clock.monotonic()
    this.#dropsFrom = monotonic + nothingDroppedForMs
    this.#sweepsFrom = this.#dropsFrom
    this.#wallAhead = clock.now() - monotonic
  }

  get size(): number {
    return this.#expiries.size
  }

  kills({ signature, sessionId, kid }: TokenKeys): boolean {
    const dead = this.#expiries
    return dead.has(signature) || dead.has(sessionId) || dead.has(kid)
  }

  add(entries: readonly Entry[]): void {
    for (const { key, expiresAt } of entries) {
      const known = this.#expiries.get(key)
      if (known === undefined || known < expiresAt) this.#expiries.set(key, expiresAt)
    }
  }

  clear(): void {
    this.#expiries.clear()
  }

  /** Called often; looks through the set once a minute at most. */
  sweep(): void {
    const monotonic = this.#clock.monotonic()
    if (!this.#mayDrop(monotonic) || monotonic < this.#sweepsFrom) return
    this.#sweepsFrom = monotonic + sweepEveryMs
    const now = this.#clock.now()
    for (const [key, expiresAt] of this.#expiries) if (expiresAt <= now) this.#expiries.delete(key)
  }

  /** A wall clock that stepped may step back, and then an entry dropped too early would revive its tokens. */
  #mayDrop(monotonic: number): boolean {
    const wallAhead = this.#clock.now() - monotonic
    if (Math.abs(wallAhead - this.#wallAhead) > stepMs) {
      this.#wallAhead = wallAhead
      this.#dropsFrom = monotonic + nothingDroppedForMs
    }
    return monotonic >= this.#dropsFrom
  }
}
