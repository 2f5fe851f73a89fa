import type { Leaseholder } from '#src/revocations/lease/leaseholders.sql.ts'
import type { KnownLog } from '#src/revocations/log/known-log.ts'

/**
 * The last known state of the other nodes, for metrics and for deciding whether to send a hint. Correctness
 * does not depend on it.
 */
export class Peers {
  readonly #log: KnownLog
  #seen: { readonly leaseholders: readonly Leaseholder[]; readonly due: number } | undefined
  #slowestAckMs = 0

  constructor(log: KnownLog) {
    this.#log = log
  }

  /** All rows, and the end of the log at the previous check: a healthy node has applied that by now. */
  saw(leaseholders: readonly Leaseholder[], due: number): void {
    this.#seen = { leaseholders, due }
  }

  sawAcks(ackedMs: readonly number[]): void {
    this.#slowestAckMs = Math.max(this.#slowestAckMs, ...ackedMs)
  }

  /** The longest time that another node took to acknowledge a revocation of this one. */
  get slowestAckMs(): number {
    return this.#slowestAckMs
  }

  /** How many nodes have a row, including this one; undefined before the first check. */
  get nodeCount(): number | undefined {
    return this.#seen?.leaseholders.length
  }

  hasOthersThan(id: string): boolean {
    return this.#seen?.leaseholders.some((other) => other.id !== id) ?? false
  }

  /** How many other nodes lack entries, except the newest, because an acknowledgement takes a moment. */
  behindCount(id: string): number | undefined {
    if (!this.#seen) return undefined
    const { leaseholders, due } = this.#seen
    return leaseholders.filter((other) => other.id !== id && this.#log.isBehind(other.acked, due)).length
  }
}
