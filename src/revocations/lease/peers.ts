import type { Leaseholder } from '#src/revocations/lease/leaseholders.sql.ts'
import type { KnownLog } from '#src/revocations/log/known-log.ts'

/**
 * What was last seen of the other nodes, for metrics and for deciding whether a hint is worth sending.
 * Nothing that must hold is decided by it.
 */
export class Peers {
  readonly #log: KnownLog
  #seen: { readonly leaseholders: readonly Leaseholder[]; readonly due: number } | undefined
  #slowestAckMs = 0

  constructor(log: KnownLog) {
    this.#log = log
  }

  /** All rows, and how much of the log was known at the look before: a healthy node has that by now. */
  saw(leaseholders: readonly Leaseholder[], due: number): void {
    this.#seen = { leaseholders, due }
  }

  sawAcks(ackedMs: readonly number[]): void {
    this.#slowestAckMs = Math.max(this.#slowestAckMs, ...ackedMs)
  }

  /** The longest that another node took to acknowledge what this one revoked. */
  get slowestAckMs(): number {
    return this.#slowestAckMs
  }

  /** How many nodes have a row, this one included; undefined before the first look. */
  get nodeCount(): number | undefined {
    return this.#seen?.leaseholders.length
  }

  hasOthersThan(id: string): boolean {
    return this.#seen?.leaseholders.some((other) => other.id !== id) ?? false
  }

  /** How many other nodes lack entries; not counting the newest, since an acknowledgement takes a moment. */
  behindCount(id: string): number | undefined {
    if (!this.#seen) return undefined
    const { leaseholders, due } = this.#seen
    return leaseholders.filter((other) => other.id !== id && this.#log.isBehind(other.acked, due)).length
  }
}
