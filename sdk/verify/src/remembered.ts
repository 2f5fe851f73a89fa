/**
 * A bounded memory by whole text. Two generations: what is not asked for while one fills up is forgotten, so
 * a hit costs one look-up and memory never holds more than `most`.
 */
export class Remembered<T> {
  readonly #half: number
  #young = new Map<string, T>()
  #old = new Map<string, T>()

  constructor(most: number) {
    this.#half = Math.ceil(most / 2)
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
