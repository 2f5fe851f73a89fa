import { type SimulatedToken, tokens } from '#test/simulation/rights.ts'
import type { Machine, Universe } from '#test/simulation/universe.ts'

export type Counts = {
  accepted: number
  rejected: number
  undecided: number
  answered: number
  /** Responses before a lease could end, which are due to acknowledgements. */
  answeredByAck: number
}

/** A server or verifier that judges tokens from memory. */
export type Judge = {
  readonly name: string
  readonly mayJudge: () => boolean
  /** Whether a token with these ids is revoked. */
  readonly isRevoked: (ids: readonly string[]) => boolean
}

/** Observes every verification and every answered revocation, and records violations of the promise. */
export class Witness {
  /** Tokens accepted after their revocation was answered, or rejected without one. */
  readonly violations: string[] = []
  readonly counts: Counts = { accepted: 0, rejected: 0, undecided: 0, answered: 0, answeredByAck: 0 }
  readonly #universe: Universe
  readonly #begun = new Set<string>()
  readonly #answeredAt = new Map<string, number>()

  constructor(universe: Universe) {
    this.#universe = universe
  }

  /** Verifies at random moments for as long as the machine runs. */
  watch(machine: Machine, judge: Judge): void {
    const universe = this.#universe
    const verify = () => {
      for (const token of tokens) this.#see(judge, token)
      machine.when(universe.time + universe.between(1, 25), verify)
    }
    machine.when(universe.time + 1, verify)
  }

  begun(ids: readonly string[]): void {
    for (const id of ids) this.#begun.add(id)
  }

  answered(ids: readonly string[], isByAck: boolean): void {
    for (const id of ids) if (!this.#answeredAt.has(id)) this.#answeredAt.set(id, this.#universe.time)
    this.counts.answered++
    if (isByAck) this.counts.answeredByAck++
  }

  #see({ name, mayJudge, isRevoked }: Judge, { about, ids }: SimulatedToken): void {
    const { time } = this.#universe
    if (isRevoked(ids)) {
      this.counts.rejected++
      if (ids.some((id) => this.#begun.has(id))) return
      this.violations.push(`${name} rejected ${about} at ${time}, which nobody has revoked`)
    } else if (!mayJudge()) this.counts.undecided++
    else {
      this.counts.accepted++
      const at = Math.min(...ids.map((id) => this.#answeredAt.get(id) ?? Number.POSITIVE_INFINITY))
      if (time > at) this.violations.push(`${name} accepted ${about} at ${time}, answered at ${at}`)
    }
  }
}
