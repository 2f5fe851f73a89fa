import { backoffMs } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type Lease, leaseFrom, type Reading, readBoth, wasSuspended } from './lease.ts'
import type { Poll, PollAnswer } from './poll.ts'
import { RevokedIds } from './revoked-ids.ts'

export type FeedOutside = {
  /** Sends one request; the response may be late or lost. The signal aborts when it is no longer awaited. */
  send(poll: Poll, signal: AbortSignal): Promise<PollAnswer>
  readonly clock: Clock
  /** From 0 to below 1. */
  random(): number
  /** Called after each round, with the error if it failed. */
  onRound?(failure?: unknown): void
}

/** A poll whose response is overdue by this much is given up. */
const patienceMs = 1500

/**
 * The verifier's copy of the revocation log, and until when it may judge tokens with it. Long polls keep it
 * current; each one acknowledges, renews the lease and fetches new entries.
 */
export class Feed {
  readonly #outside: FeedOutside
  readonly #revokedIds: RevokedIds
  #lease: Lease | undefined
  #leaseMs = 0
  #holder: string | undefined
  #applied = 0
  #timeline: string | undefined
  #floor = 0
  #droppedUntil = 0
  #skewMs = 0
  #failures = 0
  #behindSince: number | undefined
  #isRunning = false
  #isStopped = false
  #wake = () => {}

  constructor(outside: FeedOutside) {
    this.#outside = outside
    this.#revokedIds = new RevokedIds(outside.clock)
  }

  /** How many revoked ids are known. */
  get size(): number {
    return this.#revokedIds.size
  }

  /** The sequence number up to which the log is applied. */
  get applied(): number {
    return this.#applied
  }

  /**
   * A token that expired by then may have lost the entry that revoked it, here or at the server: it counts as
   * expired, even if the wall clock was set back since.
   */
  get droppedUntil(): number {
    return Math.max(this.#droppedUntil, this.#revokedIds.droppedUntil)
  }

  get holder(): string | undefined {
    return this.#holder
  }

  get timeline(): string | undefined {
    return this.#timeline
  }

  get failures(): number {
    return this.#failures
  }

  /** How far the server's wall clock was ahead of ours at the last response. */
  get skewMs(): number {
    return this.#skewMs
  }

  /** Whether tokens may be judged by the set right now. Reads both clocks. */
  canTell(): boolean {
    if (!this.#lease || this.#isStopped) return false
    const at = this.#read()
    // Dropped permanently, even if the wall clock is set back later.
    if (wasSuspended(this.#lease, at)) this.#lease = undefined
    return this.#lease !== undefined && at.monotonic < this.#lease.endsAt
  }

  /** The time since the lease ended; negative while it is held, undefined if there is none. */
  lapsedForMs(): number | undefined {
    return this.#lease && this.#read().monotonic - this.#lease.endsAt
  }

  /** The time since the poll that the lease counts from was sent; undefined if there is none. */
  leaseAgeMs(): number | undefined {
    return this.#lease && this.#read().monotonic - this.#lease.since
  }

  /** Whether a token with these revocation ids, issued at this moment (in milliseconds), is revoked. */
  isRevoked(ids: readonly string[], issuedAt: number): boolean {
    return issuedAt < this.#floor || this.#revokedIds.hasAny(ids)
  }

  /** Polls until stopped. A second call does nothing. */
  start(): void {
    if (this.#isRunning || this.#isStopped) return
    this.#isRunning = true
    void this.#run()
  }

  /** Judges nothing from now on, and aborts the poll in flight. */
  stop(): void {
    this.#isStopped = true
    this.#wake()
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const pauseMs = await this.#round()
      if (pauseMs > 0 && !this.#isStopped) await this.#pause(pauseMs)
    }
  }

  /** One poll. Returns how long to pause before the next one: 0 if all is well. */
  async #round(): Promise<number> {
    const outside = this.#outside
    const poll = { holder: this.#holder, after: this.#applied, ack: this.#applied, waitMs: this.#waitMs() }
    // Read before the poll is sent: the response contains at least everything that the server had by then.
    const sentAt = this.#read()
    const answer = await this.#send(poll).catch((failure: unknown) => ({ failure }))
    if (this.#isStopped) return 0
    if ('failure' in answer) {
      this.#failures++
      outside.onRound?.(answer.failure)
      return backoffMs(this.#failures, outside.random())
    }
    this.#failures = 0
    this.#apply(poll, sentAt, answer)
    outside.onRound?.()
    // A server holds a poll while there are no new entries. Pauses if something in between responds
    // immediately, or if a balancer sends each poll to a different node, where this verifier is unknown.
    const isNews = answer.entries.length > 0 || poll.holder === undefined
    const isEarly = outside.clock.monotonic() - sentAt.monotonic < poll.waitMs / 4
    return !isNews && (isEarly || !this.canTell()) ? this.#leaseMs / 8 : 0
  }

  /** How long the server may hold the next poll: never so long that the lease would end. */
  #waitMs(): number {
    const isUseful = this.#holder !== undefined && this.canTell()
    const leftMs = isUseful ? -(this.lapsedForMs() ?? 0) : 0
    return Math.floor(Math.min(this.#leaseMs / 4, leftMs / 2))
  }

  #apply(poll: Poll, sentAt: Reading, answer: PollAnswer): void {
    this.#skewMs = answer.now - this.#read().now
    const isOtherTimeline = answer.timeline !== this.#timeline
    const isRestored = isOtherTimeline && poll.after > 0
    // The server's data was restored: nothing is judged before the snapshot and its `notBefore` have arrived.
    if (isRestored) this.#lease = undefined
    if (isRestored || this.#isBehind(poll, answer)) {
      this.#takeSnapshot()
      return
    }
    if (isOtherTimeline) this.#revokedIds.clear()
    this.#droppedUntil = Math.max(isOtherTimeline ? 0 : this.#droppedUntil, answer.droppedUntil)
    this.#timeline = answer.timeline
    this.#floor = answer.floor
    // First the entries, then the lease; the next poll, sent immediately, acknowledges them.
    this.#revokedIds.add(answer.entries)
    this.#applied = Math.max(answer.head, poll.after)
    this.#holder = answer.holder
    // A long log comes in parts, and only the last one grants a lease.
    if (answer.leaseMs > 0) {
      this.#leaseMs = answer.leaseMs
      this.#extend(leaseFrom(sentAt, answer.leaseMs))
    }
    this.#revokedIds.sweep()
  }

  /** Never shortens a held lease, because the earlier grant is still valid. */
  #extend(lease: Lease): void {
    const isLonger = !this.canTell() || !this.#lease || lease.endsAt >= this.#lease.endsAt
    if (isLonger) this.#lease = lease
  }

  /** Starts over with a new id: the server's state for this one belongs to another log. */
  #takeSnapshot(): void {
    this.#holder = undefined
    this.#applied = 0
    this.#behindSince = undefined
  }

  /**
   * For less than a lease, another node may be behind us in the log; its response is valid, because we have
   * more entries. A log that stays behind has lost entries, and its next ones might reuse sequence numbers
   * that we have already applied.
   */
  #isBehind({ after }: Poll, { head, leaseMs }: PollAnswer): boolean {
    if (head >= after) this.#behindSince = undefined
    else this.#behindSince ??= this.#read().monotonic
    return this.#behindSince !== undefined && this.#read().monotonic - this.#behindSince > leaseMs
  }

  #send(poll: Poll): Promise<PollAnswer> {
    const outside = this.#outside
    const aborting = new AbortController()
    return new Promise<PollAnswer>((resolve, reject) => {
      const giveUp = (reason: string) => () => {
        reject(new Error(reason))
        aborting.abort()
      }
      const patience = poll.waitMs + Math.max(patienceMs, this.#leaseMs / 2)
      const cancel = outside.clock.after(patience, giveUp('The server did not respond to the poll in time.'))
      this.#wake = giveUp('The feed was stopped.')
      outside.send(poll, aborting.signal).then(resolve, reject).finally(cancel)
    })
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#outside.clock.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }

  #read(): Reading {
    return readBoth(this.#outside.clock)
  }
}
