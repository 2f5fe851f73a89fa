import type { Appetite } from '#faults/chaos.ts'
import { mutants } from '#test/simulation/mutants.ts'

/** A bug that is put into a copy of the source, and what to break so that it soon shows. */
export type Planted = {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly appetite: Appetite
}

const nothing = { node: {}, verifier: {}, database: {} }
const silentNodes: Appetite = { ...nothing, node: { freeze: 3, stall: 2 } }
const slowNodes: Appetite = { ...nothing, node: { slow: 1 } }
const silentVerifiers: Appetite = { ...nothing, verifier: { freeze: 3, stall: 2 } }
const slowVerifiers: Appetite = { ...nothing, verifier: { slow: 1 } }

export const plantedBugs: readonly Planted[] = [
  ofSimulation('an answer does not wait for holders that are late', silentNodes),
  ofSimulation('the clock is not read in the call', silentNodes),
  ofSimulation('the lease is counted from when the answer came', slowNodes),
  ofSimulation('the log is acknowledged before it is applied', slowNodes),
  ofSimulation('only the last revocation is remembered', silentNodes),
  ofSimulation('a node acknowledges without waiting for its verifiers', silentVerifiers),
  ofSimulation('a verifier counts its lease from when the answer came', slowVerifiers),
  {
    name: 'a verifier judges without a lease',
    file: 'sdk/verify/src/feed.ts',
    from: 'return this.#lease !== undefined && at.monotonic < this.#lease.endsAt',
    to: 'return this.#lease !== undefined || at === undefined',
    appetite: silentVerifiers,
  },
  {
    name: 'a refresh token is rotated whatever its counter',
    file: 'sessions/sessions.sql.ts',
    from: 'and counter = $',
    to: 'and counter >= $',
    appetite: silentNodes,
  },
  {
    name: 'a logout of what is ended already is answered at once',
    file: 'revocations/commit.ts',
    from: 'reach(world, last)) : reachSoFar(world)',
    to: 'reach(world, last)) : Promise.resolve({ everywhere: true, waitedMs: 0 })',
    appetite: silentNodes,
  },
]

function ofSimulation(name: string, appetite: Appetite): Planted {
  const mutant = mutants.find((one) => one.name === name)
  if (!mutant) throw new Error(`The simulation has no mutant "${name}"`)
  return { ...mutant, appetite }
}
