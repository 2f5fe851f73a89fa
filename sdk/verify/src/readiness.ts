import { type Clock, stayAwake } from './clock.ts'
import { VerifyError } from './error.ts'
import type { Feed } from './feed.ts'
import type { KeySet } from './key-set.ts'
import { reasonOf } from './reason.ts'
import { Misconfigured } from './server.ts'

type ReadinessOptions = {
  readonly feed: Feed
  readonly keys: KeySet
  readonly url: string
  readonly clock: Clock
  readonly log: ((message: string) => void) | false | undefined
}

type Waiting = { resolve(): void; reject(error: VerifyError): void }

const logEveryMs = 10_000
const retryKeysAfterMs = 100

/**
 * Waits until tokens can be checked in memory, logs why that takes time, and gives up if it is impossible.
 */
export class Readiness {
  readonly #options: ReadinessOptions
  readonly #log: (message: string) => void
  #waiting: Waiting[] = []
  #callers = 0
  #logsFrom = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(options: ReadinessOptions) {
    this.#options = options
    const { log = (message: string) => console.warn(message) } = options
    this.#log = log === false ? () => {} : log
  }

  async wait(): Promise<void> {
    // No timer of a verifier keeps the process alive, so a program that only waits would end.
    const letGo = stayAwake()
    this.#callers++
    await this.#untilReady().finally(() => {
      this.#callers--
      letGo()
    })
  }

  close(): void {
    this.#isClosed = true
    for (const { reject } of this.#waiting.splice(0)) reject(new VerifyError('closed'))
  }

  /** Called after each poll, with the error if it failed. */
  afterRound(failure: unknown): void {
    if (this.#options.feed.canTell()) for (const { resolve } of this.#waiting.splice(0)) resolve()
    if (failure instanceof Misconfigured) {
      const error = new VerifyError('misconfigured', { message: failure.message, cause: failure })
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    } else if (failure !== undefined) {
      this.#logWhileWaiting(failure)
    }
  }

  async #untilReady(): Promise<void> {
    const { keys, clock } = this.#options
    await Promise.all([this.#untilHeld(), keys.load()])
    // The server responds to polls, so it will respond to this request too.
    while (!keys.isLoaded && !this.#isClosed) {
      this.#logWhileWaiting(keys.failure)
      await new Promise<void>((resolve) => clock.after(retryKeysAfterMs, resolve))
      await keys.load()
    }
    if (this.#isClosed) throw new VerifyError('closed')
  }

  #untilHeld(): Promise<void> {
    if (this.#options.feed.canTell()) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  #logWhileWaiting(failure: unknown): void {
    const { clock, url } = this.#options
    const now = clock.monotonic()
    if (this.#callers === 0 || now < this.#logsFrom) return
    this.#logsFrom = now + logEveryMs
    this.#log(`@sigil/verify is waiting for ${url}: ${reasonOf(failure)}`)
  }
}
