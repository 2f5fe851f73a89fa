import { AppError } from '#src/errors/errors.ts'
import type { Clock, Instant } from '#src/platform/clock.ts'
import { type Random, randomId } from '#src/platform/random.ts'
import { Signal } from '#src/platform/signal.ts'
import { singleFlight } from '#src/platform/single-flight.ts'
import { holds, type Lease, leaseFrom, readBoth } from '#src/revocations/lease/lease.ts'
import type { Leaseholder, Timeline } from '#src/revocations/lease/leaseholders.sql.ts'
import type { LogPort } from '#src/revocations/lease/log-port.ts'
import { SubLeases } from '#src/revocations/lease/sub-leases.ts'
import { RecentEntries } from '#src/revocations/log/recent-entries.ts'
import type { LogRead, Revoked } from '#src/revocations/log/revocation.ts'
import { RevokedIds } from '#src/revocations/log/revoked-ids.ts'
import { DatabaseAway } from '#src/store/db.ts'

/** How long a call waits for a lease that has lapsed. */
const patienceMs = 1500

export type NodeOutside = {
  readonly clock: Clock
  readonly random: Random
  readonly port: LogPort
  readonly name: string
  readonly leaseMs: number
  /** Nobody else can write to the log while this process lives, so its own lease needs no renewal. */
  readonly isAlone: boolean
}

/** What this server knows of the log, and until when it may judge by it. */
export class RevocationNode {
  readonly dead: RevokedIds
  readonly subLeases: SubLeases
  readonly recent = new RecentEntries()
  /** Reads what is new in the log, applies and acknowledges it, without a new lease; once for many hints. */
  readonly catchUp = singleFlight(async () => {
    this.#applyLog(await this.outside.port.fetch(this.#applied))
    await this.acknowledge()
  })
  /** Rings when this node has applied something: every verifier that polls waits for it. */
  readonly news: Signal
  /** Rings when its verifiers, or another node, have come further: whoever revokes waits for it. */
  readonly progress: Signal
  readonly outside: NodeOutside
  /**
   * Who had a row when this node last looked for silent ones, and how much of the log it knew when it looked
   * before that: all who are well have it by then. Nothing that must hold is decided by it.
   */
  lastLook: { readonly leaseholders: readonly Leaseholder[]; readonly due: number } | undefined
  /** The longest that another node took to acknowledge what this one revoked. For operators, too. */
  slowestAckMs = 0
  #id = ''
  #lease: Lease | undefined
  #renewedAt = 0
  #applied = 0
  #acked = 0
  #timeline: Timeline | undefined
  #renewing: Promise<void> | undefined
  #doubts = 0
  #hasLeft = false
  #holdsPolls = true
  #hasLent = false

  constructor(outside: NodeOutside) {
    this.outside = outside
    this.dead = new RevokedIds(outside.clock)
    this.subLeases = new SubLeases(outside.clock)
    this.news = new Signal(outside.clock)
    this.progress = new Signal(outside.clock)
  }

  get id(): string {
    return this.#id
  }

  /** The place in the log up to which everything is in the set. */
  get applied(): number {
    return this.#applied
  }

  get timeline(): Timeline | undefined {
    return this.#timeline
  }

  /** Whether a poll without news is held until there is some. */
  get holdsPolls(): boolean {
    return this.#holdsPolls
  }

  /** How much of the lease is left, in whole milliseconds; what a verifier may be granted at most. */
  leaseLeftMs(): number {
    if (!this.#lease || !this.canTell()) return 0
    if (this.outside.isAlone) return this.outside.leaseMs
    return Math.max(0, Math.floor(this.#lease.endsAt - this.outside.clock.monotonic()))
  }

  /** How old the renewal is that the lease counts from. One who is alone needs none. */
  leaseAgeMs(): number {
    return this.outside.isAlone ? 0 : this.outside.clock.monotonic() - this.#renewedAt
  }

  /** Whether who has come so far lacks an entry up to this place that still matters. */
  isBehind(acked: number, due: number): boolean {
    const now = this.outside.clock.now()
    return this.recent.after(acked)?.some(({ seq, expiresAt }) => seq <= due && expiresAt > now) ?? true
  }

  /** Whether the set may be judged by, at the very moment of asking. */
  canTell(): boolean {
    if (!this.#lease || this.#hasLeft) return false
    const { clock, isAlone } = this.outside
    return isAlone || holds(this.#lease, readBoth(clock))
  }

  /** Whether a token with these revocation ids is revoked, or older than the timeline. */
  isRevoked(ids: readonly string[], issuedAt: number): boolean {
    if (this.#timeline !== undefined && issuedAt < this.#timeline.notBefore) return true
    for (const id of ids) if (this.dead.has(id)) return true
    return false
  }

  /**
   * What this process has committed itself is dead here at once. Where nothing lies between, the log need not
   * be read for it; but for a key of ours, whose successor must be here before anybody hears that it is dead.
   */
  apply(entries: readonly Revoked[]): void {
    this.dead.add(entries)
    const isNext = entries[0]?.seq === this.#applied + 1
    const head = entries.at(-1)?.seq ?? 0
    if (isNext && entries.every(({ kind }) => kind !== 'signing_key')) this.#applyLog({ entries, head })
  }

  /** A commit may or may not have killed something: judge nothing until the log has been read again. */
  doubt(): void {
    this.#lease = undefined
    this.#doubts++
  }

  /** Renews, reads what is new and only then counts the lease, from before the first question was sent. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  /** One shared write for all who wait. Refuses where that takes longer than anybody wants to wait. */
  async becomeSure(): Promise<void> {
    if (this.canTell()) return
    const { clock } = this.outside
    let cancel = () => {}
    const tooLong = new Promise<never>((_, reject) => {
      cancel = clock.after(patienceMs, () => reject(new AppError('unavailable', { retryAfterSeconds: 1 })))
    })
    // What was under way may have asked before a doubt arose, or over a connection that died: once more then.
    const again = () => (this.canTell() ? undefined : this.renew())
    await Promise.race([this.renew().then(again, again), tooLong]).finally(cancel)
  }

  /**
   * Before the first verifier is granted anything: a server that is alone needs no lease itself, so its row
   * says for how long others may go on when it has died.
   */
  async lend(): Promise<void> {
    const { isAlone, leaseMs, port } = this.outside
    if (!isAlone || this.#hasLent) return
    await port.lend(this.#id, leaseMs)
    this.#hasLent = true
  }

  /** Tells the cluster how far all here have applied the log. The last to come so far wakes who waits. */
  async acknowledge(): Promise<void> {
    const acked = Math.min(this.#applied, this.subLeases.acked())
    const id = this.#id
    if (acked <= this.#acked || id === '' || this.outside.isAlone) return
    await this.outside.port.ack(id, acked)
    if (id === this.#id && acked > this.#acked) this.#acked = acked
    await this.outside.port.hintOfLast(acked).catch(() => {})
  }

  /** Answers every poll at once from here on, with news or without: a server that ends waits for none. */
  releasePolls(): void {
    this.#holdsPolls = false
    this.news.raise()
  }

  /** Judges nothing from here on. The row goes too, unless a verifier's lease still hangs on it. */
  async leave(): Promise<void> {
    this.#hasLeft = true
    this.#lease = undefined
    const isFree = this.subLeases.acked() === Number.POSITIVE_INFINITY
    if (this.#id !== '' && isFree) await this.outside.port.leave(this.#id)
  }

  async #renew(): Promise<void> {
    const { clock, port, leaseMs, isAlone } = this.outside
    const doubts = this.#doubts
    const asked = readBoth(clock)
    const isRegistered = this.#id !== '' && (isAlone || (await this.#beat(asked.now)))
    if (!isRegistered) await this.#register()
    this.#follow(await port.timeline(randomId(this.outside.random)))
    this.#applyLog(await port.fetch(this.#applied))
    if (doubts === this.#doubts && !this.#hasLeft) {
      this.#lease = leaseFrom(asked, leaseMs)
      this.#renewedAt = asked.monotonic
    }
    await this.acknowledge()
  }

  /** Gives whether there is a row to renew. What a crash of the database undid there is said again. */
  async #beat(now: Instant): Promise<boolean> {
    const acked = await this.outside.port.beat(this.#id, now)
    this.#acked = Math.min(this.#acked, acked ?? 0)
    return acked !== undefined
  }

  /**
   * A database that was put back under a running server has another log, other keys, other users than this
   * process remembers: it judges nothing until it is started anew.
   */
  #follow(read: Timeline): void {
    if (this.#timeline && this.#timeline.timeline !== read.timeline) {
      this.#lease = undefined
      throw new DatabaseAway('The database was restored under this server. Start it anew.')
    }
    this.#timeline = read
  }

  /**
   * A new id each time: a row that was collected must not come back to life. Committed before the first
   * fetch.
   */
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

  #applyLog({ entries, head }: LogRead): void {
    if (head <= this.#applied) return
    this.dead.add(entries)
    this.recent.add(entries.filter(({ seq }) => seq > this.#applied))
    this.#applied = head
    this.news.raise()
  }
}
