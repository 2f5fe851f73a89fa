import type { Clock, Instant } from '#src/platform/clock.ts'
import {
  entryLifetimeMs,
  lastExpiryBefore,
  nothingDroppedForMs,
  type Revocation,
} from '#src/revocations/log/revocation.ts'

const stepMs = 1000

/**
 * The revoked ids, looked up by every verification. A set rather than one id per user, so that a second
 * revocation does not revive the tokens of the first.
 */
export class RevokedIds {
  readonly #clock: Clock
  readonly #expiries = new Map<string, Instant>()
  #dropsFrom: number
  #wallAhead: number
  #droppedUntil: Instant = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#dropsFrom = clock.monotonic() + nothingDroppedForMs
    this.#wallAhead = clock.now() - clock.monotonic()
  }

  get size(): number {
    return this.#expiries.size
  }

  has(id: string): boolean {
    return this.#expiries.has(id)
  }

  /** The id that revoked a token expired by then may have been dropped, so the token counts as expired. */
  get droppedUntil(): Instant {
    return this.#droppedUntil
  }

  /** Kept until the later moment of our clock and the revoking server's clock: either may be slow. */
  add(revocations: readonly Revocation[]): void {
    const min = this.#clock.now() + entryLifetimeMs
    for (const { id, expiresAt } of revocations) {
      const known = this.#expiries.get(id)
      const until = Math.max(min, expiresAt)
      if (known === undefined || known < until) this.#expiries.set(id, until)
    }
  }

  /** Drops ids that no token can outlive. Returns false, and drops nothing, while the clock is doubtful. */
  drop(): boolean {
    if (!this.mayDrop()) return false
    const now = this.#clock.now()
    for (const [id, expiresAt] of this.#expiries) {
      if (expiresAt > now) continue
      this.#expiries.delete(id)
      this.#droppedUntil = Math.max(this.#droppedUntil, lastExpiryBefore(expiresAt))
    }
    return true
  }

  /** A wall clock that stepped may step back, and an id dropped too early would revive its tokens. */
  mayDrop(): boolean {
    const monotonic = this.#clock.monotonic()
    const wallAhead = this.#clock.now() - monotonic
    if (Math.abs(wallAhead - this.#wallAhead) > stepMs) {
      this.#wallAhead = wallAhead
      this.#dropsFrom = monotonic + nothingDroppedForMs
    }
    return monotonic >= this.#dropsFrom
  }
}
