import type { Clock } from './clock.ts'
import { VerifyError } from './error.ts'
import type { Reading } from './lease.ts'
import { type PublicJwk, type PublicKey, publicKey } from './signing.ts'

/**
 * Keys older than this are fetched again in the background; a new key is published longer before it signs.
 */
const freshMs = 5 * 60 * 1000

/**
 * Keys older than this are not used. The revocation of a key stays in the log for longer, so a compromised
 * key is always either in the set of revoked ids or no longer in this set.
 */
const maxAgeMs = 60 * 60 * 1000

/** The maximum rate of requests that tokens with made-up key ids can cause. */
const fetchEveryMs = 10 * 1000
const retryAfterMs = 1000

type Outside = { readonly fetchKeys: () => Promise<readonly PublicJwk[]>; readonly clock: Clock }

/** The public keys of the server, by their `kid`. */
export class KeySet {
  readonly #outside: Outside
  #keys = new Map<string, PublicKey>()
  #loadedAt: Reading | undefined
  #fetchesFrom = Number.NEGATIVE_INFINITY
  #fetching: Promise<void> | undefined
  #failure: unknown
  /** Revoked keys whose successor was fetched; a cache in between may list them a little longer. */
  readonly #replaced = new Set<string>()

  constructor(outside: Outside) {
    this.#outside = outside
  }

  /** Whether there are keys that are recent enough to be used. */
  get isLoaded(): boolean {
    return this.#ageMs() < maxAgeMs
  }

  /** Why the last fetch failed, if it did. */
  get failure(): unknown {
    return this.#failure
  }

  /** A key in memory. One lookup, because every verification needs it. */
  get(kid: string): PublicKey | undefined {
    const ageMs = this.#ageMs()
    if (ageMs >= freshMs) void this.load()
    return ageMs < maxAgeMs ? this.#keys.get(kid) : undefined
  }

  /** The same, but fetches the keys if it is unknown. Throws `unavailable` if they cannot be fetched. */
  async find(kid: string): Promise<PublicKey | undefined> {
    const known = this.get(kid)
    if (known) return known
    await this.load()
    const found = this.get(kid)
    if (found || (this.isLoaded && this.#failure === undefined)) return found
    throw new VerifyError('unavailable', { cause: this.#failure })
  }

  /** Fetches the keys, once for all concurrent callers and at a limited rate. Never throws. */
  async load(): Promise<void> {
    const { clock } = this.#outside
    if (this.#fetching === undefined && clock.monotonic() >= this.#fetchesFrom) {
      this.#fetching = this.#load().finally(() => {
        this.#fetching = undefined
      })
    }
    await this.#fetching
  }

  /** The successor of a revoked key signs at once, so it is fetched at once, regardless of the rate limit. */
  replace(isRevoked: (kid: string) => boolean): void {
    const revoked = [...this.#keys.keys()].filter((kid) => isRevoked(kid) && !this.#replaced.has(kid))
    if (revoked.length === 0) return
    for (const kid of revoked) this.#replaced.add(kid)
    const again = () => {
      this.#fetchesFrom = Number.NEGATIVE_INFINITY
      return this.load()
    }
    // A fetch in progress may have been answered before there was a successor.
    void (this.#fetching ? this.#fetching.then(again) : again())
  }

  async #load(): Promise<void> {
    const { fetchKeys, clock } = this.#outside
    const sentAt = { monotonic: clock.monotonic(), now: clock.now() }
    this.#fetchesFrom = sentAt.monotonic + fetchEveryMs
    try {
      const listed = await Promise.all((await fetchKeys()).map((jwk) => this.#keyFor(jwk)))
      this.#keys = new Map(listed.flatMap((key) => (key ? [[key.jwk.kid, key]] : [])))
      this.#loadedAt = sentAt
      this.#failure = undefined
    } catch (failure) {
      this.#failure = failure
      this.#fetchesFrom = clock.monotonic() + retryAfterMs
    }
  }

  /** Returns the same object for the same key, so that tokens checked with it stay checked. */
  async #keyFor(jwk: PublicJwk): Promise<PublicKey | undefined> {
    const known = this.#keys.get(jwk.kid)
    return known && known.jwk.x === jwk.x && known.jwk.y === jwk.y ? known : publicKey(jwk)
  }

  /** By the clock that advanced further: the monotonic one stops while the machine is suspended. */
  #ageMs(): number {
    if (!this.#loadedAt) return Number.POSITIVE_INFINITY
    const { monotonic, now } = this.#loadedAt
    return Math.max(this.#outside.clock.monotonic() - monotonic, this.#outside.clock.now() - now)
  }
}
