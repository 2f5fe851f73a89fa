import type { Clock, Instant } from '#src/platform/clock.ts'
import { entryLifetimeMs, nothingDroppedForMs, type Revocation } from '#src/revocations/log/revocation.ts'

const stepMs = 1000

/**
 * The set of dead keys that every verification looks into. A set, so that a second revocation revives
 * nothing.
 */
export class RevokedIds {
  readonly #clock: Clock
  readonly #expiries = new Map<string, Instant>()
  #dropsFrom: number
  #wallAhead: number

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

  /** Kept by whichever clock says longer, ours or that of whoever revoked it: it may be a slow one. */
  add(revocations: readonly Revocation[]): void {
    const least = this.#clock.now() + entryLifetimeMs
    for (const { id, expiresAt } of revocations) {
      const known = this.#expiries.get(id)
      const until = Math.max(least, expiresAt)
      if (known === undefined || known < until) this.#expiries.set(id, until)
    }
  }

  /** Forgets what no token can outlive any more. Gives whether the clocks allow dropping at all. */
  drop(): boolean {
    if (!this.mayDrop()) return false
    const now = this.#clock.now()
    for (const [id, expiresAt] of this.#expiries) if (expiresAt <= now) this.#expiries.delete(id)
    return true
  }

  /** A wall clock that stepped may step back, and then an entry dropped too early would revive its tokens. */
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
