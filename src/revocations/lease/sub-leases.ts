import type { Clock } from '#src/platform/clock.ts'
import { waitOutMs } from '#src/revocations/lease/lease.ts'

type SubLease = { readonly keyId: string; acked: number; endsAt: number; grantedAt: number }

/** A verifier that may still accept tokens, as its node knows it. */
export type Attached = Readonly<SubLease> & { readonly holder: string }

/**
 * The verifiers that poll this node: how far each has applied the log, and until when it may accept tokens
 * without asking again. A node acknowledges to the cluster only what all of these have, or can no longer
 * contradict. Asked on every poll, so nothing here looks at all of them.
 */
export class SubLeases {
  readonly #clock: Clock
  /** In the order of the last grants, so those that end first stand first. */
  readonly #leases = new Map<string, SubLease>()
  /** Who has come how far; each set in the same order. */
  readonly #leaseholders = new Map<number, Set<string>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#leases.size
  }

  /** Whether this holder is known, and was issued to this key. */
  isOf(holder: string, keyId: string): boolean {
    return this.#leases.get(holder)?.keyId === keyId
  }

  /** What a verifier says it has applied; never more than the node itself can have told it. */
  ack(holder: string, acked: number): void {
    const lease = this.#leases.get(holder)
    if (!lease || acked <= lease.acked) return
    this.#takeOut(holder, lease)
    lease.acked = acked
    this.#putLast(holder, lease)
  }

  /** Writes down what is about to be granted: on the verifier's clock it will have ended by then. */
  grant(holder: string, { keyId, acked, leaseMs }: { keyId: string; acked: number; leaseMs: number }): void {
    const grantedAt = this.#clock.monotonic()
    const endsAt = grantedAt + waitOutMs(leaseMs)
    const lease = this.#leases.get(holder) ?? { keyId, acked, endsAt, grantedAt }
    if (endsAt > lease.endsAt) {
      lease.endsAt = endsAt
      lease.grantedAt = grantedAt
    }
    this.#takeOut(holder, lease)
    this.#leases.delete(holder)
    this.#leases.set(holder, lease)
    this.#putLast(holder, lease)
    this.#forgetEnded(grantedAt)
  }

  /** How far every verifier has come that may still accept anything; Infinity where there is none. */
  acked(): number {
    return this.#firstLive()?.acked ?? Number.POSITIVE_INFINITY
  }

  /** Those whose lease may still hold. */
  live(): Attached[] {
    const now = this.#clock.monotonic()
    const all = [...this.#leases].map(([holder, lease]) => ({ holder, ...lease }))
    return all.filter(({ endsAt }) => endsAt > now)
  }

  /** When to look again whether a sub-lease stands in the way of this place; undefined where none does. */
  nextEnd(seq: number): number | undefined {
    const first = this.#firstLive()
    return first && first.acked < seq ? first.endsAt : undefined
  }

  /** One of those that have come least far. What has ended on the way there is forgotten. */
  #firstLive(): SubLease | undefined {
    const now = this.#clock.monotonic()
    for (;;) {
      let least = Number.POSITIVE_INFINITY
      for (const place of this.#leaseholders.keys()) if (place < least) least = place
      const leaseholders = this.#leaseholders.get(least)
      if (!leaseholders) return undefined
      for (const holder of leaseholders) {
        const lease = this.#leases.get(holder)
        if (lease && lease.endsAt > now) return lease
        this.#leases.delete(holder)
        leaseholders.delete(holder)
      }
      this.#leaseholders.delete(least)
    }
  }

  /** Strangers come and go: what they leave behind may not wait for somebody to look at their place. */
  #forgetEnded(now: number): void {
    for (const [holder, lease] of this.#leases) {
      if (lease.endsAt > now) return
      this.#takeOut(holder, lease)
      this.#leases.delete(holder)
    }
  }

  #putLast(holder: string, { acked }: SubLease): void {
    const there = this.#leaseholders.get(acked)
    if (there) there.add(holder)
    else this.#leaseholders.set(acked, new Set([holder]))
  }

  #takeOut(holder: string, { acked }: SubLease): void {
    const there = this.#leaseholders.get(acked)
    there?.delete(holder)
    if (there?.size === 0) this.#leaseholders.delete(acked)
  }
}
