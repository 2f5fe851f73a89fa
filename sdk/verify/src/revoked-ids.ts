import type { Clock } from './clock.ts'

/**
 * One revocation: the id (of a user's signature, a session, a signing key or anything else that the claim
 * `rev` names), and until when it matters.
 */
export type Entry = { readonly seq: number; readonly key: string; readonly expiresAt: number }

/**
 * After a start or a step of the wall clock, nothing is dropped for this long: the maximum token lifetime.
 */
const nothingDroppedForMs = 60 * 60 * 1000
const stepMs = 1000

/** The server keeps an entry for this long after every token that it revokes has expired. */
const keptForMs = 5 * 60 * 1000

const sweepEveryMs = 60 * 1000

/** The set of revoked ids. Adding one twice removes nothing; it drops entries that no token can outlive. */
export class RevokedIds {
  readonly #clock: Clock
  readonly #expiries = new Map<string, number>()
  #dropsFrom: number
  #sweepsFrom: number
  #wallAhead: number
  #droppedUntil = 0

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

  /** Every token that a dropped entry revoked had expired by then. */
  get droppedUntil(): number {
    return this.#droppedUntil
  }

  hasAny(ids: readonly string[]): boolean {
    for (let at = 0; at < ids.length; at++) if (this.#expiries.has(ids[at] as string)) return true
    return false
  }

  add(entries: readonly Entry[]): void {
    for (const { key, expiresAt } of entries) {
      const known = this.#expiries.get(key)
      if (known === undefined || known < expiresAt) this.#expiries.set(key, expiresAt)
    }
  }

  /** For a different log: its entries are unrelated to those of this one. */
  clear(): void {
    this.#expiries.clear()
    this.#droppedUntil = 0
  }

  /** Called often; scans the set once a minute at most. */
  sweep(): void {
    const monotonic = this.#clock.monotonic()
    if (!this.#mayDrop(monotonic) || monotonic < this.#sweepsFrom) return
    this.#sweepsFrom = monotonic + sweepEveryMs
    const now = this.#clock.now()
    for (const [key, expiresAt] of this.#expiries) {
      if (expiresAt > now) continue
      this.#expiries.delete(key)
      this.#droppedUntil = Math.max(this.#droppedUntil, expiresAt - keptForMs)
    }
  }

  /** A wall clock that stepped may step back, and an entry dropped too early would revive its tokens. */
  #mayDrop(monotonic: number): boolean {
    const wallAhead = this.#clock.now() - monotonic
    if (Math.abs(wallAhead - this.#wallAhead) > stepMs) {
      this.#wallAhead = wallAhead
      this.#dropsFrom = monotonic + nothingDroppedForMs
    }
    return monotonic >= this.#dropsFrom
  }
}
