import type { Revocation } from '#src/revocations/log/revocation.ts'

const maxEntries = 10_000

/** The newest part of the log in memory, so that the polls of ten thousand verifiers need no query. */
export class RecentEntries {
  #entries: Revocation[] = []
  /** All entries after this one are in memory. */
  #from = 0

  add(entries: readonly Revocation[]): void {
    for (const entry of entries) this.#entries.push(entry)
    if (this.#entries.length <= 2 * maxEntries) return
    const dropped = this.#entries.length - maxEntries
    this.#from = this.#entries[dropped - 1]?.seq ?? this.#from
    this.#entries = this.#entries.slice(dropped)
  }

  /** The entries after `seq`; undefined if some of them are no longer in memory. */
  after(seq: number): readonly Revocation[] | undefined {
    if (seq < this.#from) return undefined
    let at = this.#entries.length
    while (at > 0 && (this.#entries[at - 1]?.seq ?? 0) > seq) at--
    return this.#entries.slice(at)
  }
}
