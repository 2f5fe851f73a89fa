/**
 * A bounded cache. Two generations: an entry not used while one generation fills up is dropped, so a hit
 * costs one lookup and there are never more than `max` entries.
 */
export class Remembered<T> {
  readonly #half: number
  #young = new Map<string, T>()
  #old = new Map<string, T>()

  constructor(max: number) {
    this.#half = Math.ceil(max / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(text: string): T | undefined {
    const young = this.#young.get(text)
    if (young) return young
    const old = this.#old.get(text)
    if (old) this.#promote(text, old)
    return old
  }

  remember(text: string, value: T): void {
    if (this.#half > 0) this.#promote(text, value)
  }

  #promote(text: string, value: T): void {
    this.#old.delete(text)
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(text, value)
  }
}
