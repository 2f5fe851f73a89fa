import { AppError } from '#src/errors/errors.ts'
import type { Clock, Instant } from '#src/platform/clock.ts'
import { type Random, randomId } from '#src/platform/random.ts'
import { Signal } from '#src/platform/signal.ts'
import { singleFlight } from '#src/platform/single-flight.ts'
import { holds, type Lease, leaseFrom, readBoth } from '#src/revocations/lease/lease.ts'
import type { LogPort } from '#src/revocations/lease/log-port.ts'
import { Peers } from '#src/revocations/lease/peers.ts'
import { SubLeases } from '#src/revocations/lease/sub-leases.ts'
import { KnownLog } from '#src/revocations/log/known-log.ts'
import type { Timeline } from '#src/revocations/log/timeline.sql.ts'
import { DatabaseAway } from '#src/store/db.ts'

/** How long a call waits for a lapsed lease to be renewed. */
const patienceMs = 1500

export type NodeOutside = {
  readonly clock: Clock
  readonly random: Random
  readonly port: LogPort
  readonly name: string
  readonly leaseMs: number
  /** No other process can write to the log while this one runs, so its own lease needs no renewal. */
  readonly isAlone: boolean
}

/** A server as a leaseholder: until when it may judge tokens with its copy of the log. */
export class RevocationNode {
  readonly outside: NodeOutside
  readonly log: KnownLog
  readonly subLeases: SubLeases
  readonly peers: Peers
  /** Raised when a verifier or another node has acknowledged more: every revoker waits for it. */
  readonly progress: Signal
  /** Reads, applies and acknowledges new log entries, without a new lease; once for many hints. */
  readonly catchUp = singleFlight(async () => {
    this.log.apply(await this.outside.port.fetch(this.log.applied))
    await this.acknowledge()
  })
  #id = ''
  #acked = 0
  #lease: Lease | undefined
  #renewedAt = 0
  #renewing: Promise<void> | undefined
  #doubts = 0
  #hasLent = false
  #holdsPolls = true
  #hasLeft = false

  constructor(outside: NodeOutside) {
    this.outside = outside
    this.log = new KnownLog(outside.clock)
    this.subLeases = new SubLeases(outside.clock)
    this.peers = new Peers(this.log)
    this.progress = new Signal(outside.clock)
  }

  /** The id of its row; empty before it has registered. */
  get id(): string {
    return this.#id
  }

  /** Whether a poll without new entries is held until there are some. */
  get holdsPolls(): boolean {
    return this.#holdsPolls
  }

  /** Whether this server may judge tokens now; must not be cached. */
  mayJudge(): boolean {
    if (!this.#lease || this.#hasLeft) return false
    const { clock, isAlone } = this.outside
    return isAlone || holds(this.#lease, readBoth(clock))
  }

  /** The rest of the lease, in whole milliseconds: the maximum that may be granted to a verifier. */
  leaseLeftMs(): number {
    if (!this.#lease || !this.mayJudge()) return 0
    if (this.outside.isAlone) return this.outside.leaseMs
    return Math.max(0, Math.floor(this.#lease.endsAt - this.outside.clock.monotonic()))
  }

  /** The age of the renewal that the lease counts from; 0 for a single server, which needs none. */
  leaseAgeMs(): number {
    return this.outside.isAlone ? 0 : this.outside.clock.monotonic() - this.#renewedAt
  }

  /** After a commit with an unknown outcome: judges nothing until the log has been read again. */
  doubt(): void {
    this.#lease = undefined
    this.#doubts++
  }

  /**
   * Renews, reads new entries and only then starts the lease, counted from before the first request was sent.
   */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  /** Renews a lapsed lease: one write for all waiting calls. Throws if that takes longer than they wait. */
  async ensureLease(): Promise<void> {
    if (this.mayJudge()) return
    const { clock } = this.outside
    let cancel = () => {}
    const tooLong = new Promise<never>((_, reject) => {
      cancel = clock.after(patienceMs, () => reject(new AppError('unavailable', { retryAfterSeconds: 1 })))
    })
    // A renewal in progress may have begun before a doubt arose, or hang on a dead connection, so this tries
    // again.
    const again = () => (this.mayJudge() ? undefined : this.renew())
    await Promise.race([this.renew().then(again, again), tooLong]).finally(cancel)
  }

  /**
   * Called before the first grant to a verifier: a single server needs no lease for itself, so its row must
   * record how long verifiers may continue after it has stopped.
   */
  async lend(): Promise<void> {
    const { isAlone, leaseMs, port } = this.outside
    if (!isAlone || this.#hasLent) return
    await port.lend(this.#id, leaseMs)
    this.#hasLent = true
  }

  /**
   * Writes how far this node and its verifiers have applied the log. The last node to acknowledge an entry
   * wakes revokers.
   */
  async acknowledge(): Promise<void> {
    const acked = Math.min(this.log.applied, this.subLeases.acked())
    const id = this.#id
    if (acked <= this.#acked || id === '' || this.outside.isAlone) return
    await this.outside.port.ack(id, acked)
    if (id === this.#id && acked > this.#acked) this.#acked = acked
    await this.outside.port.hintIfLast(acked).catch(() => {})
  }

  /**
   * From now on every poll is answered at once, with or without new entries: shutting down waits for no poll.
   */
  releasePolls(): void {
    this.#holdsPolls = false
    this.log.news.raise()
  }

  /** Judges nothing from now on. The row is deleted too, unless the lease of a verifier depends on it. */
  async leave(): Promise<void> {
    this.#hasLeft = true
    this.#lease = undefined
    const isFree = this.subLeases.acked() === Number.POSITIVE_INFINITY
    if (this.#id !== '' && isFree) await this.outside.port.leave(this.#id)
  }

  async #renew(): Promise<void> {
    const { clock, random, port, leaseMs, isAlone } = this.outside
    const doubts = this.#doubts
    const asked = readBoth(clock)
    const isRegistered = this.#id !== '' && (isAlone || (await this.#beat(asked.now)))
    if (!isRegistered) await this.#register()
    this.#follow(await port.timeline(randomId(random)))
    this.log.apply(await port.fetch(this.log.applied))
    if (doubts === this.#doubts && !this.#hasLeft) {
      this.#lease = leaseFrom(asked, leaseMs)
      this.#renewedAt = asked.monotonic
    }
    await this.acknowledge()
  }

  /** Returns whether there is a row. If the database lost an acknowledgement in a crash, it is sent again. */
  async #beat(now: Instant): Promise<boolean> {
    const acked = await this.outside.port.beat(this.#id, now)
    this.#acked = Math.min(this.#acked, acked ?? 0)
    return acked !== undefined
  }

  /** A database restored under a running server has another log, other keys and other users. */
  #follow(timeline: Timeline): void {
    if (this.log.follow(timeline)) return
    this.#lease = undefined
    throw new DatabaseAway('The database was restored while this server was running. Restart the server.')
  }

  /** A new id each time: a collected row must not come back. Committed before the first fetch. */
  async #register(): Promise<void> {
    const { clock, random, port, name, leaseMs, isAlone } = this.outside
    this.#id = ''
    this.#acked = 0
    const id = randomId(random)
    const lentMs = isAlone ? 0 : leaseMs
    const now = clock.now()
    const fresh = { acked: 0, beat: 0, registeredAt: now, beatenAt: now }
    await port.register({ id, name, leaseMs: lentMs, ...fresh })
    this.#id = id
  }
}
