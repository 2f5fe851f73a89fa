import type { Clock } from '#src/platform/clock.ts'

/** Lets many wait until something has happened, or some time has passed. */
export class Signal {
  readonly #clock: Clock
  #waiting = new Set<() => void>()
  #rung = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How often it has rung. */
  get rung(): number {
    return this.#rung
  }

  ring(): void {
    this.#rung++
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

  /** The same, for who looks at something meanwhile: at once, where it has rung since `rung` was read. */
  heardSince(rung: number, ms: number): Promise<void> {
    return rung === this.#rung ? this.heard(ms) : Promise.resolve()
  }
}
