import type { Clock } from '#src/platform/clock.ts'
import { waitOutMs } from '#src/revocations/lease/lease.ts'

type SubLease = { readonly keyId: string; acked: number; endsAt: number; grantedAt: number }

/** A verifier that may still accept tokens. */
export type Attached = Readonly<SubLease> & { readonly holder: string }

/**
 * The verifiers that poll this node: how far each has applied the log, and until when it may accept tokens
 * without polling again. A node acknowledges to the cluster only what all of them have applied, apart from
 * those whose lease has ended. Called on every poll, so no method but `live` visits all of them.
 */
export class SubLeases {
  readonly #clock: Clock
  /** In the order of the last grants, so that those that end first come first. */
  readonly #leases = new Map<string, SubLease>()
  /** The verifiers by what they have acknowledged; each set in the same order. */
  readonly #byAcked = new Map<number, Set<string>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#leases.size
  }

  /** Whether this leaseholder id is known and was issued to this key. */
  isOf(holder: string, keyId: string): boolean {
    return this.#leases.get(holder)?.keyId === keyId
  }

  /** Records what a verifier has applied. The caller ensures that the node itself has applied as much. */
  ack(holder: string, acked: number): void {
    const lease = this.#leases.get(holder)
    if (!lease || acked <= lease.acked) return
    this.#unindex(holder, lease)
    lease.acked = acked
    this.#index(holder, lease)
  }

  /** Records a grant before it is sent, with an end by which it has ended on the verifier's clock too. */
  grant(holder: string, { keyId, acked, leaseMs }: { keyId: string; acked: number; leaseMs: number }): void {
    const grantedAt = this.#clock.monotonic()
    const endsAt = grantedAt + waitOutMs(leaseMs)
    const lease = this.#leases.get(holder) ?? { keyId, acked, endsAt, grantedAt }
    if (endsAt > lease.endsAt) {
      lease.endsAt = endsAt
      lease.grantedAt = grantedAt
    }
    this.#unindex(holder, lease)
    this.#leases.delete(holder)
    this.#leases.set(holder, lease)
    this.#index(holder, lease)
    this.#removeEnded(grantedAt)
  }

  /** The position that all verifiers with a live lease have acknowledged; Infinity if there are none. */
  acked(): number {
    return this.#firstLive()?.acked ?? Number.POSITIVE_INFINITY
  }

  /** Those whose lease may still hold. */
  live(): Attached[] {
    const now = this.#clock.monotonic()
    const all = [...this.#leases].map(([holder, lease]) => ({ holder, ...lease }))
    return all.filter(({ endsAt }) => endsAt > now)
  }

  /** The next end of a lease of a verifier that has not acknowledged this entry; undefined if all have. */
  nextEnd(seq: number): number | undefined {
    const first = this.#firstLive()
    return first && first.acked < seq ? first.endsAt : undefined
  }

  /** One of the live leases with the lowest acknowledgement. Ended ones found on the way are removed. */
  #firstLive(): SubLease | undefined {
    const now = this.#clock.monotonic()
    for (;;) {
      let lowest = Number.POSITIVE_INFINITY
      for (const acked of this.#byAcked.keys()) if (acked < lowest) lowest = acked
      const holders = this.#byAcked.get(lowest)
      if (!holders) return undefined
      for (const holder of holders) {
        const lease = this.#leases.get(holder)
        if (lease && lease.endsAt > now) return lease
        this.#leases.delete(holder)
        holders.delete(holder)
      }
      this.#byAcked.delete(lowest)
    }
  }

  /** Verifiers come and go, and `#firstLive` may never reach the ones that ended. */
  #removeEnded(now: number): void {
    for (const [holder, lease] of this.#leases) {
      if (lease.endsAt > now) return
      this.#unindex(holder, lease)
      this.#leases.delete(holder)
    }
  }

  #index(holder: string, { acked }: SubLease): void {
    const holders = this.#byAcked.get(acked)
    if (holders) holders.add(holder)
    else this.#byAcked.set(acked, new Set([holder]))
  }

  #unindex(holder: string, { acked }: SubLease): void {
    const holders = this.#byAcked.get(acked)
    holders?.delete(holder)
    if (holders?.size === 0) this.#byAcked.delete(acked)
  }
}
