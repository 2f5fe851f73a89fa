import type { Machine, Universe } from '#test/simulation/universe.ts'

export type Counts = {
  accepted: number
  refused: number
  undecided: number
  answered: number
  /** Answers that came sooner than a lease, so by acknowledgements. */
  answeredByAck: number
}

/** Somebody who judges tokens in memory. */
export type Judge = {
  readonly name: string
  readonly canTell: () => boolean
  readonly isDead: (key: string) => boolean
}

const keyCount = 12

/** Sees every verification and every answer, and knows what must not be. */
export class Witness {
  readonly keys = Array.from({ length: keyCount }, (_, key) => `key-${key}`)
  /** Accepts that began after the revocation was answered. */
  readonly violations: string[] = []
  readonly counts: Counts = { accepted: 0, refused: 0, undecided: 0, answered: 0, answeredByAck: 0 }
  readonly #universe: Universe
  readonly #answeredAt = new Map<string, number>()

  constructor(universe: Universe) {
    this.#universe = universe
  }

  /** Has somebody verify every now and then, for as long as the machine lives. */
  watch(machine: Machine, judge: Judge): void {
    const universe = this.#universe
    const verify = () => {
      for (const key of this.keys) this.#see(judge, key)
      machine.when(universe.time + universe.between(1, 25), verify)
    }
    machine.when(universe.time + 1, verify)
  }

  answered(key: string, isByAck: boolean): void {
    if (this.#answeredAt.has(key)) return
    this.#answeredAt.set(key, this.#universe.time)
    this.counts.answered++
    if (isByAck) this.counts.answeredByAck++
  }

  #see({ name, canTell, isDead }: Judge, key: string): void {
    if (isDead(key)) this.counts.refused++
    else if (!canTell()) this.counts.undecided++
    else {
      this.counts.accepted++
      const at = this.#answeredAt.get(key)
      if (at === undefined || this.#universe.time <= at) return
      this.violations.push(`${name} accepted ${key} at ${this.#universe.time}, answered at ${at}`)
    }
  }
}
