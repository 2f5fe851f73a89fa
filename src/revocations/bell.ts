import type { Clock } from '#src/clock.ts'

/** Lets many wait until something has happened, or some time has passed. */
export class Bell {
  readonly #clock: Clock
  #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const wake of waiting) wake()
  }

  /** Resolves at the next ring, or after `ms`. */
  heard(ms: number): Promise<void> {
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
}
