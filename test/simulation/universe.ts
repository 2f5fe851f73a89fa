import type { Clock } from '#src/platform/clock.ts'

/** Random numbers from a seed (mulberry32): the same seed gives the same history. */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

type Event = { at: number; order: number; act: () => void }

/** Real time and the events in it. Between two events every promise that can settle has settled. */
export class Universe {
  readonly chance: () => number
  time = 0
  #order = 0
  #heap: Event[] = []

  constructor(seed: number) {
    this.chance = chanceOf(seed)
  }

  at(time: number, act: () => void): void {
    this.#heap.push({ at: Math.max(time, this.time), order: this.#order++, act })
    this.#up(this.#heap.length - 1)
  }

  between(min: number, max: number): number {
    return min + this.chance() * (max - min)
  }

  happens(probability: number): boolean {
    return this.chance() < probability
  }

  async run(until: number): Promise<void> {
    for (;;) {
      const next = this.#heap[0]
      if (!next || next.at > until) return
      this.#pop()
      this.time = next.at
      next.act()
      await settlePromises()
    }
  }

  #pop(): void {
    const last = this.#heap.pop()
    if (!last || this.#heap.length === 0) return
    this.#heap[0] = last
    let at = 0
    for (;;) {
      let first = at
      for (const child of [2 * at + 1, 2 * at + 2]) if (this.#before(child, first)) first = child
      if (first === at) return
      this.#swap(at, first)
      at = first
    }
  }

  #up(from: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #before(left: number, right: number): boolean {
    const [a, b] = [this.#heap[left], this.#heap[right]]
    if (!a || !b) return false
    return a.at < b.at || (a.at === b.at && a.order < b.order)
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#heap[left], this.#heap[right]]
    if (!a || !b) return
    this.#heap[left] = b
    this.#heap[right] = a
  }
}

/** Waits for a macrotask: by then the queue of promise reactions is empty. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A machine with its two clocks, which drift, and of which the monotonic one stops during a suspension. */
export class Machine {
  readonly #universe: Universe
  readonly #rate: number
  #wallOffset: number
  #lost = 0
  #pausedUntil = 0
  isAlive = true

  constructor(universe: Universe, drift: number) {
    this.#universe = universe
    this.#rate = universe.between(1 - drift, 1 + drift)
    this.#wallOffset = universe.between(-20_000, 20_000)
  }

  readonly clock: Clock = {
    now: () => 1_700_000_000_000 + this.#wallOffset + this.#universe.time * this.#rate,
    monotonic: () => (this.#running() - this.#lost) * this.#rate,
    after: (ms, act) => {
      let isWanted = true
      // As in Node, no timer is shorter than a millisecond.
      this.when(this.#universe.time + Math.max(1, ms) / this.#rate, () => {
        if (isWanted) act()
      })
      return () => {
        isWanted = false
      }
    },
  }

  /** Runs `act` at that time, or when the machine resumes, but never after it has ended. */
  when(time: number, act: () => void): void {
    this.#universe.at(time, () => {
      if (!this.isAlive) return
      if (this.#universe.time < this.#pausedUntil) this.when(this.#pausedUntil, act)
      else act()
    })
  }

  /** Nothing runs and, as on Linux, the monotonic clock stops. */
  suspend(ms: number): void {
    if (this.#universe.time < this.#pausedUntil) return
    this.#pausedUntil = this.#universe.time + ms
    this.#lost += ms
  }

  /** Nothing runs, but the clocks advance: a stopped process, or a long garbage collection. */
  stop(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#universe.time + ms)
  }

  /** An operator or NTP sets the wall clock. */
  stepWallClock(ms: number): void {
    this.#wallOffset += ms
  }

  get isRunning(): boolean {
    return this.isAlive && this.#universe.time >= this.#pausedUntil
  }

  #running(): number {
    return this.#universe.time
  }
}
