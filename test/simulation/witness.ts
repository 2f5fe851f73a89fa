import type { Machine, Universe } from '#test/simulation/universe.ts'

export type Counts = {
  accepted: number
  rejected: number
  undecided: number
  answered: number
  /** Answers sooner than a lease could end, so thanks to acknowledgements. */
  answeredByAck: number
}

/** A server or verifier that judges tokens from memory. */
export type Judge = {
  readonly name: string
  readonly mayJudge: () => boolean
  readonly isRevoked: (id: string) => boolean
}

const idCount = 12

/** Observes every verification and every answered revocation, and records violations of the promise. */
export class Witness {
  readonly ids = Array.from({ length: idCount }, (_, index) => `id-${index}`)
  /** Tokens accepted after their revocation was answered. */
  readonly violations: string[] = []
  readonly counts: Counts = { accepted: 0, rejected: 0, undecided: 0, answered: 0, answeredByAck: 0 }
  readonly #universe: Universe
  readonly #answeredAt = new Map<string, number>()

  constructor(universe: Universe) {
    this.#universe = universe
  }

  /** Verifies at random moments for as long as the machine lives. */
  watch(machine: Machine, judge: Judge): void {
    const universe = this.#universe
    const verify = () => {
      for (const id of this.ids) this.#see(judge, id)
      machine.when(universe.time + universe.between(1, 25), verify)
    }
    machine.when(universe.time + 1, verify)
  }

  answered(id: string, isByAck: boolean): void {
    if (this.#answeredAt.has(id)) return
    this.#answeredAt.set(id, this.#universe.time)
    this.counts.answered++
    if (isByAck) this.counts.answeredByAck++
  }

  #see({ name, mayJudge, isRevoked }: Judge, id: string): void {
    if (isRevoked(id)) this.counts.rejected++
    else if (!mayJudge()) this.counts.undecided++
    else {
      this.counts.accepted++
      const at = this.#answeredAt.get(id)
      if (at === undefined || this.#universe.time <= at) return
      this.violations.push(`${name} accepted ${id} at ${this.#universe.time}, answered at ${at}`)
    }
  }
}
