import type { Revocation } from '#src/revocations/log/revocation.ts'

const most = 10_000

/** The newest part of the log in memory, so that ten thousand verifiers who ask the same cost no query. */
export class RecentEntries {
  #entries: Revocation[] = []
  /** Everything after this place is here. */
  #from = 0

  add(entries: readonly Revocation[]): void {
    for (const entry of entries) this.#entries.push(entry)
    if (this.#entries.length <= 2 * most) return
    const dropped = this.#entries.length - most
    this.#from = this.#entries[dropped - 1]?.seq ?? this.#from
    this.#entries = this.#entries.slice(dropped)
  }

  /** What came after a place, or undefined where that reaches further back than memory does. */
  after(seq: number): readonly Revocation[] | undefined {
    if (seq < this.#from) return undefined
    let at = this.#entries.length
    while (at > 0 && (this.#entries[at - 1]?.seq ?? 0) > seq) at--
    return this.#entries.slice(at)
  }
}
