import type { Clock, Instant } from '#src/platform/clock.ts'
import { Signal } from '#src/platform/signal.ts'
import { RecentEntries } from '#src/revocations/log/recent-entries.ts'
import type { LogRead, Revocation, Revoked } from '#src/revocations/log/revocation.ts'
import { RevokedIds } from '#src/revocations/log/revoked-ids.ts'
import type { Timeline } from '#src/revocations/log/timeline.sql.ts'

/** This server's copy of the revocation log. Its lease decides whether it may judge tokens with it. */
export class KnownLog {
  readonly revokedIds: RevokedIds
  /** Raised when entries were applied: every verifier that polls waits for it. */
  readonly news: Signal
  readonly #clock: Clock
  readonly #recent = new RecentEntries()
  #applied = 0
  #timeline: Timeline | undefined
  /** The same moment in the log, for entries that were deleted before this server could read them. */
  #deletedUntil: Instant = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.revokedIds = new RevokedIds(clock)
    this.news = new Signal(clock)
  }

  /** All entries up to this one are in the set. */
  get applied(): number {
    return this.#applied
  }

  get timeline(): Timeline | undefined {
    return this.#timeline
  }

  /** A token that expired by then is expired, even if the clock was set back since. */
  get droppedUntil(): Instant {
    return Math.max(this.#deletedUntil, this.revokedIds.droppedUntil)
  }

  /** Whether a token with these revocable ids, issued at that moment, is revoked. */
  isRevoked(ids: readonly string[], issuedAt: Instant): boolean {
    const isOld = this.#timeline !== undefined && issuedAt < this.#timeline.notBefore
    return isOld || ids.some((id) => this.revokedIds.has(id))
  }

  /** The entries after `seq`; undefined if some of them are no longer in memory. */
  entriesAfter(seq: number): readonly Revocation[] | undefined {
    return this.#recent.after(seq)
  }

  /** Whether a reader that has applied `acked` lacks an entry up to `due` that still matters. */
  isBehind(acked: number, due: number): boolean {
    const now = this.#clock.now()
    return this.entriesAfter(acked)?.some(({ seq, expiresAt }) => seq <= due && expiresAt > now) ?? true
  }

  /** Adds the entries read after `applied`. */
  apply({ entries, head, droppedUntil }: LogRead): void {
    this.#deletedUntil = Math.max(this.#deletedUntil, droppedUntil)
    this.#advance(entries, head)
  }

  /**
   * Adds entries that this process has just committed, so they are revoked here at once. If they directly
   * follow the known entries, the log does not have to be read for them; except for a signing key, whose
   * successor comes with the log and must be loaded before the revocation of the key is announced.
   */
  applyCommitted(entries: readonly (Revocation & Partial<Revoked>)[]): void {
    this.revokedIds.add(entries)
    const isNext = entries[0]?.seq === this.#applied + 1
    const head = entries.at(-1)?.seq ?? 0
    if (isNext && entries.every(({ kind }) => kind !== 'signing_key')) this.#advance(entries, head)
  }

  /** Returns false if the timeline of the database has changed: then nothing in memory is valid. */
  follow(timeline: Timeline): boolean {
    if (this.#timeline && this.#timeline.timeline !== timeline.timeline) return false
    this.#timeline = timeline
    return true
  }

  #advance(entries: readonly Revocation[], head: number): void {
    if (head <= this.#applied) return
    this.revokedIds.add(entries)
    this.#recent.add(entries.filter(({ seq }) => seq > this.#applied))
    this.#applied = head
    this.news.raise()
  }
}
