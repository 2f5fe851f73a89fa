/** Characters at the end of a JWS signature: 68 random bits. V8 copies up to 12, and makes slices of more. */
const keyLength = 12

type Entry<T> = { readonly token: string; readonly value: T }

/**
 * A bounded cache of verified tokens. They are found by their last characters and compared as a whole,
 * because hashing all of a token that has just arrived takes V8 longer than the rest of a verification. Two
 * generations: an entry not used while one generation fills up is dropped, so a hit costs one lookup and
 * there are never more than `max` entries.
 */
export class Remembered<T> {
  readonly #half: number
  #young = new Map<string, Entry<T>>()
  #old = new Map<string, Entry<T>>()

  constructor(max: number) {
    this.#half = Math.ceil(max / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(token: string): T | undefined {
    const key = keyOf(token)
    const young = this.#young.get(key)
    if (young) return young.token === token ? young.value : undefined
    const old = this.#old.get(key)
    if (old?.token !== token) return undefined
    this.#promote(key, old)
    return old.value
  }

  remember(token: string, value: T): void {
    if (this.#half > 0) this.#promote(keyOf(token), { token, value })
  }

  #promote(key: string, entry: Entry<T>): void {
    this.#old.delete(key)
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, entry)
  }
}

function keyOf(token: string): string {
  return token.slice(-keyLength)
}
