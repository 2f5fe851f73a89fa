const generationSize = 10_000

/**
 * A cache of tokens whose ES256 signature was checked, keyed by their full text. Two generations: a token not
 * used while one generation fills up is dropped, so memory is bounded and a hit costs one lookup.
 */
export class VerifiedTokens<T> {
  #young = new Map<string, T>()
  #old = new Map<string, T>()

  get(token: string): T | undefined {
    const young = this.#young.get(token)
    if (young) return young
    const old = this.#old.get(token)
    if (old) this.remember(token, old)
    return old
  }

  remember(token: string, verified: T): void {
    if (this.#young.size >= generationSize) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(token, verified)
  }
}
