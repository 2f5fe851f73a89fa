import type { Clock } from '#src/platform/clock.ts'

/** Lets many callers wait for an event, or until a timeout. */
export class Signal {
  readonly #clock: Clock
  #waiting = new Set<() => void>()
  #count = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many times it was raised. */
  get count(): number {
    return this.#count
  }

  raise(): void {
    this.#count++
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const wake of waiting) wake()
  }

  /** Resolves when it is raised next, or after `ms`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel()
        this.#waiting.delete(wake)
        resolve()
      }
      const cancel = this.#clock.after(ms, wake)
      this.#waiting.add(wake)
    })
  }

  /** The same, but resolves at once if it was raised since `count` was read. */
  waitSince(count: number, ms: number): Promise<void> {
    return count === this.#count ? this.wait(ms) : Promise.resolve()
  }
}
