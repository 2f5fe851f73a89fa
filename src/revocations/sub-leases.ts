import type { Clock } from '#src/clock.ts'
import { waitOutMs } from '#src/revocations/lease.ts'

type SubLease = { readonly keyId: string; acked: number; endsAt: number; grantedAt: number }

/** A verifier that may still accept tokens, as its node knows it. */
export type Attached = Readonly<SubLease> & { readonly holder: string }

/**
 * The verifiers that poll this node: how far each has applied the log, and until when it may accept tokens
 * without asking again. A node acknowledges to the cluster only what all of these have, or can no longer
 * contradict.
 */
export class SubLeases {
  readonly #clock: Clock
  readonly #leases = new Map<string, SubLease>()

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
    if (lease && acked > lease.acked) lease.acked = acked
  }

  /** Writes down what is about to be granted: on the verifier's clock it will have ended by then. */
  grant(holder: string, { keyId, acked, leaseMs }: { keyId: string; acked: number; leaseMs: number }): void {
    const grantedAt = this.#clock.monotonic()
    const endsAt = grantedAt + waitOutMs(leaseMs)
    const known = this.#leases.get(holder)
    if (!known) this.#leases.set(holder, { keyId, acked, endsAt, grantedAt })
    else if (endsAt > known.endsAt) {
      known.endsAt = endsAt
      known.grantedAt = grantedAt
    }
  }

  /** How far every verifier has come that may still accept anything; Infinity where there is none. */
  acked(): number {
    const now = this.#clock.monotonic()
    let least = Number.POSITIVE_INFINITY
    for (const [holder, lease] of this.#leases) {
      if (lease.endsAt <= now) this.#leases.delete(holder)
      else if (lease.acked < least) least = lease.acked
    }
    return least
  }

  /** Those whose lease may still hold. */
  live(): Attached[] {
    const now = this.#clock.monotonic()
    const all = [...this.#leases].map(([holder, lease]) => ({ holder, ...lease }))
    return all.filter(({ endsAt }) => endsAt > now)
  }

  /**
   * When the first sub-lease ends that stands in the way of this place in the log; undefined where none does.
   */
  nextEnd(seq: number): number | undefined {
    let next: number | undefined
    for (const lease of this.#leases.values()) {
      if (lease.acked < seq && (next === undefined || lease.endsAt < next)) next = lease.endsAt
    }
    return next
  }
}
