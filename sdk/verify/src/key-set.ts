import type { Clock } from './clock.ts'
import { VerifyError } from './error.ts'
import type { Reading } from './lease.ts'
import { type PublicJwk, type PublicKey, publicKey } from './signing.ts'

/**
 * Keys older than this are asked for again beside the work; a new key is published longer before it signs.
 */
const freshMs = 5 * 60 * 1000

/**
 * Keys older than this are not used. The revocation of a key is in the log for longer, so there is no moment
 * when a compromised key is neither dead in the set nor gone from here.
 */
const maxMs = 60 * 60 * 1000

/** Tokens with invented key names cause no more questions than this. */
const askEveryMs = 10 * 1000
const askAgainMs = 1000

type Outside = { readonly ask: () => Promise<readonly PublicJwk[]>; readonly clock: Clock }

/** The public keys of the server, by their `kid`. */
export class KeySet {
  readonly #outside: Outside
  #keys = new Map<string, PublicKey>()
  #loadedAt: Reading | undefined
  #asksFrom = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  #failure: unknown
  /** Revoked keys whose successor was asked for; a cache on the way may list them a little longer. */
  readonly #replaced = new Set<string>()

  constructor(outside: Outside) {
    this.#outside = outside
  }

  /** Whether keys are here that are young enough to be used. */
  get isLoaded(): boolean {
    return this.#ageMs() < maxMs
  }

  /** A key that is here. It costs a look-up, for it is asked on every verification. */
  get(kid: string): PublicKey | undefined {
    const ageMs = this.#ageMs()
    if (ageMs >= freshMs) void this.load()
    return ageMs < maxMs ? this.#keys.get(kid) : undefined
  }

  /** The same, but one that is not here is asked for. Throws `unavailable` where nobody can tell. */
  async find(kid: string): Promise<PublicKey | undefined> {
    const known = this.get(kid)
    if (known) return known
    await this.load()
    const found = this.get(kid)
    if (found || (this.isLoaded && this.#failure === undefined)) return found
    throw new VerifyError('unavailable', { cause: this.#failure })
  }

  /** Asks the server, once for all who wait and not again at once. Never throws. */
  async load(): Promise<void> {
    const { clock } = this.#outside
    if (this.#asking === undefined && clock.monotonic() >= this.#asksFrom) {
      this.#asking = this.#load().finally(() => {
        this.#asking = undefined
      })
    }
    await this.#asking
  }

  /** The successor of a revoked key signs at once, so it is asked for at once, whoever asked lately. */
  replace(isDead: (kid: string) => boolean): void {
    const dead = [...this.#keys.keys()].filter((kid) => isDead(kid) && !this.#replaced.has(kid))
    if (dead.length === 0) return
    for (const kid of dead) this.#replaced.add(kid)
    const again = () => {
      this.#asksFrom = Number.NEGATIVE_INFINITY
      return this.load()
    }
    // What is asked for already may have been answered before there was a successor.
    void (this.#asking ? this.#asking.then(again) : again())
  }

  async #load(): Promise<void> {
    const { ask, clock } = this.#outside
    const asked = { monotonic: clock.monotonic(), now: clock.now() }
    this.#asksFrom = asked.monotonic + askEveryMs
    try {
      const listed = await Promise.all((await ask()).map((jwk) => this.#keyFor(jwk)))
      this.#keys = new Map(listed.flatMap((key) => (key ? [[key.jwk.kid, key]] : [])))
      this.#loadedAt = asked
      this.#failure = undefined
    } catch (failure) {
      this.#failure = failure
      this.#asksFrom = clock.monotonic() + askAgainMs
    }
  }

  /** The same object while the key is the same: what was checked with it stays checked. */
  async #keyFor(jwk: PublicJwk): Promise<PublicKey | undefined> {
    const known = this.#keys.get(jwk.kid)
    return known && known.jwk.x === jwk.x && known.jwk.y === jwk.y ? known : publicKey(jwk)
  }

  /** By whichever clock says more: the monotonic one stops while the machine sleeps. */
  #ageMs(): number {
    if (!this.#loadedAt) return Number.POSITIVE_INFINITY
    const { monotonic, now } = this.#loadedAt
    return Math.max(this.#outside.clock.monotonic() - monotonic, this.#outside.clock.now() - now)
  }
}
