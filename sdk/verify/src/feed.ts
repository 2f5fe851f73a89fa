import { backoffMs } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type Lease, leaseFrom, type Reading, readBoth, wasSuspended } from './lease.ts'
import { type Entry, RevokedIds, type TokenKeys } from './revoked-ids.ts'

/**
 * One question to the server: what came after `after`, while it hears that everything up to `ack` is applied.
 */
export type Poll = {
  /**
   * As issued by an earlier answer; undefined before the first, or when that one must not be gone on with.
   */
  readonly holder: string | undefined
  readonly after: number
  readonly ack: number
  /** How long the server may hold the question while there is no news. */
  readonly waitMs: number
}

export type PollAnswer = {
  readonly holder: string
  readonly timeline: string
  /** Tokens issued before this moment are dead. */
  readonly floor: number
  /** The place of the last entry that this verifier has now. */
  readonly head: number
  readonly entries: readonly Entry[]
  /** 0 where these are a part of the log, and the rest is to be asked for. */
  readonly leaseMs: number
  readonly now: number
}

export type FeedOutside = {
  /**
   * One message there and one back, which may be late or lost. The signal says that nobody waits any more.
   */
  send(poll: Poll, signal: AbortSignal): Promise<PollAnswer>
  readonly clock: Clock
  /** From 0 up to 1. */
  random(): number
  /** Told after each round, with what went wrong where something did. */
  onRound?(failure?: unknown): void
}

/** A poll that is answered later than this after it should have been is given up. */
const patienceMs = 1500

/**
 * What this verifier knows of the server's log, and until when it may judge by it. It keeps itself current by
 * long polls, each of which is an acknowledgement, a renewal and a question in one.
 */
export class Feed {
  readonly #outside: FeedOutside
  readonly #dead: RevokedIds
  #lease: Lease | undefined
  #leaseMs = 0
  #holder: string | undefined
  #applied = 0
  #timeline: string | undefined
  #floor = 0
  #skewMs = 0
  #failures = 0
  #behindSince: number | undefined
  #isRunning = false
  #isStopped = false
  #wake = () => {}

  constructor(outside: FeedOutside) {
    this.#outside = outside
    this.#dead = new RevokedIds(outside.clock)
  }

  /** How many keys are known to be dead. */
  get size(): number {
    return this.#dead.size
  }

  /** The place in the log up to which everything is in the set. */
  get applied(): number {
    return this.#applied
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

  /** How far the server's wall clock was ahead of ours when it answered last. */
  get skewMs(): number {
    return this.#skewMs
  }

  /** Whether the set may be judged by, at the very moment of asking: both clocks are read in here. */
  canTell(): boolean {
    if (!this.#lease || this.#isStopped) return false
    const at = this.#read()
    // Not taken up again, even if the wall clock is put back meanwhile.
    if (wasSuspended(this.#lease, at)) this.#lease = undefined
    return this.#lease !== undefined && at.monotonic < this.#lease.endsAt
  }

  /** How long ago the lease ended; below zero while it holds, undefined where there is none. */
  lapsedForMs(): number | undefined {
    return this.#lease && this.#read().monotonic - this.#lease.endsAt
  }

  /** How long ago the poll was sent that the lease is counted from; undefined where there is none. */
  leaseAgeMs(): number | undefined {
    return this.#lease && this.#read().monotonic - this.#lease.since
  }

  isDead(keys: TokenKeys): boolean {
    return keys.issuedAt < this.#floor || this.#dead.kills(keys)
  }

  /** Polls until it is stopped. A second call does nothing. */
  start(): void {
    if (this.#isRunning || this.#isStopped) return
    this.#isRunning = true
    void this.#run()
  }

  /** Judges nothing from here on, and gives up what is under way. */
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

  /** One poll. Gives how long to wait before the next one: not at all, where all is well. */
  async #round(): Promise<number> {
    const outside = this.#outside
    const poll = { holder: this.#holder, after: this.#applied, ack: this.#applied, waitMs: this.#waitMs() }
    // Read before the poll leaves: what the server knows by then is the least that its answer says.
    const asked = this.#read()
    const answer = await this.#send(poll).catch((failure: unknown) => ({ failure }))
    if (this.#isStopped) return 0
    if ('failure' in answer) {
      this.#failures++
      outside.onRound?.(answer.failure)
      return backoffMs(this.#failures, outside.random())
    }
    this.#failures = 0
    this.#hear(poll, asked, answer)
    outside.onRound?.()
    // A server holds a poll that has no news. Where something between answers at once, or sends each poll to
    // another node, to which this is a stranger, it is not asked in a rush.
    const isNews = answer.entries.length > 0 || poll.holder === undefined
    const isEarly = outside.clock.monotonic() - asked.monotonic < poll.waitMs / 4
    return !isNews && (isEarly || !this.canTell()) ? this.#leaseMs / 8 : 0
  }

  /** How long the server may hold the next poll: never so long that the lease ends meanwhile. */
  #waitMs(): number {
    const isUseful = this.#holder !== undefined && this.canTell()
    const leftMs = isUseful ? -(this.lapsedForMs() ?? 0) : 0
    return Math.floor(Math.min(this.#leaseMs / 4, leftMs / 2))
  }

  #hear(poll: Poll, asked: Reading, answer: PollAnswer): void {
    this.#skewMs = answer.now - this.#read().now
    const isOther = answer.timeline !== this.#timeline
    const isRestored = isOther && poll.after > 0
    // The data was restored: nothing is judged before its snapshot and its floor are here.
    if (isRestored) this.#lease = undefined
    if (isRestored || this.#isBehind(poll, answer)) {
      this.#takeSnapshot()
      return
    }
    if (isOther) this.#dead.clear()
    this.#timeline = answer.timeline
    this.#floor = answer.floor
    // First what is dead, then the lease to judge by it; the next poll, sent at once, acknowledges it.
    this.#dead.add(answer.entries)
    this.#applied = Math.max(answer.head, poll.after)
    this.#holder = answer.holder
    // A long log comes in parts, and there is no lease before the last one.
    if (answer.leaseMs > 0) {
      this.#leaseMs = answer.leaseMs
      this.#extend(leaseFrom(asked, answer.leaseMs))
    }
    this.#dead.sweep()
  }

  /** Never shortens a lease that holds: what it was granted for is still so. */
  #extend(lease: Lease): void {
    const isLonger = !this.canTell() || !this.#lease || lease.endsAt >= this.#lease.endsAt
    if (isLonger) this.#lease = lease
  }

  /** From the start, and as a stranger: what the server remembers of this holder is of another log. */
  #takeSnapshot(): void {
    this.#holder = undefined
    this.#applied = 0
    this.#behindSince = undefined
  }

  /**
   * Another node may not have read yet what we have, for less than a lease: its answer is good, for we know
   * more. A log that stays behind has lost something, and whatever it says next might stand at a place we
   * believe to have.
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
      const giveUp = (why: string) => () => {
        reject(new Error(why))
        aborting.abort()
      }
      const patience = poll.waitMs + Math.max(patienceMs, this.#leaseMs / 2)
      const cancel = outside.clock.after(patience, giveUp('The server did not answer the poll in time.'))
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
