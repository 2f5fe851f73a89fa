const generationSize = 10_000
/** Characters at the end of a JWS signature: 68 random bits. V8 copies up to 12, and makes slices of more. */
const keyLength = 12

type Entry<T> = { readonly token: string; readonly verified: T }

/**
 * A cache of tokens whose ES256 signature was checked. They are found by their last characters and compared
 * as a whole, because hashing all of a new token takes V8 longer than the rest of a verification. Two
 * generations: a token not used while one generation fills up is dropped, so memory is bounded and a hit
 * costs one lookup.
 */
export class VerifiedTokens<T> {
  #young = new Map<string, Entry<T>>()
  #old = new Map<string, Entry<T>>()

  get(token: string): T | undefined {
    const key = token.slice(-keyLength)
    const young = this.#young.get(key)
    if (young) return young.token === token ? young.verified : undefined
    const old = this.#old.get(key)
    if (old?.token !== token) return undefined
    this.remember(token, old.verified)
    return old.verified
  }

  remember(token: string, verified: T): void {
    if (this.#young.size >= generationSize) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(token.slice(-keyLength), { token, verified })
  }
}
