import type { Appetite } from '#faults/chaos.ts'
import type { Crowd } from '#faults/trial.ts'
import { grantMutants } from '#test/simulation/grant-mutants.ts'
import { mutants } from '#test/simulation/mutants.ts'

/** A bug planted in a copy of the source, and the disturbances that expose it soon. */
export type Planted = {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly appetite: Appetite
  /** Who exposes it; by default the usual crowd. */
  readonly crowd?: Crowd
}

const nothing = { node: {}, verifier: {}, database: {} }
const silentNodes: Appetite = { ...nothing, node: { freeze: 3, stall: 2 } }
const slowNodes: Appetite = { ...nothing, node: { slow: 1 } }
/** For bugs about the tokens of apps. */
const withApps: Crowd = { sessions: 1, apps: 6 }
const silentVerifiers: Appetite = { ...nothing, verifier: { freeze: 3, stall: 2 } }
const slowVerifiers: Appetite = { ...nothing, verifier: { slow: 1 } }

export const plantedBugs: readonly Planted[] = [
  ofSimulation('an answer that does not wait for late leaseholders', silentNodes),
  ofSimulation('a lease that is not checked against the clock in the call', silentNodes),
  ofSimulation('a lease that counts from the reply instead of the request', slowNodes),
  ofSimulation('an acknowledgement before the log is applied', slowNodes),
  ofSimulation('remembering only the last revocation', silentNodes),
  ofSimulation('a node that acknowledges without waiting for its verifiers', silentVerifiers),
  ofSimulation('a verifier whose lease counts from the reply instead of the request', slowVerifiers),
  {
    name: 'a verifier that judges without a lease',
    file: 'sdk/verify/src/feed.ts',
    from: 'return this.#lease !== undefined && at.monotonic < this.#lease.endsAt',
    to: 'return this.#lease !== undefined || at === undefined',
    appetite: silentVerifiers,
  },
  {
    name: 'a refresh token that is rotated whatever its counter',
    file: 'tokens/token-subject.sql.ts',
    from: 'and counter = $',
    to: 'and counter >= $',
    appetite: silentNodes,
  },
  {
    name: 'a repeated logout that is answered at once',
    file: 'revocations/commit.ts',
    from: 'last === undefined ? propagateAll(world) :',
    to: 'last === undefined ? Promise.resolve({ everywhere: true, waitedMs: 0 }) :',
    appetite: silentNodes,
  },
  ofSimulation('a token of an app that does not name its grant', slowNodes),
  ofSimulation('a ticket that does not name its grant', slowNodes, withApps),
  ofSimulation('an exchanged token that names only the app that has it', slowNodes, withApps),
  ofSimulation('a verifier that accepts a bound token for its proof', slowVerifiers, withApps),
  {
    name: 'an answer that overtakes the placing of its revocation',
    file: 'platform/single-flight.ts',
    from: 'return () => (running ? running.catch(() => {}).then(() => running ?? run()) : run())',
    to: 'return () => running ?? run()',
    appetite: slowNodes,
  },
  {
    name: 'a sealer that writes the end of the log after its commit',
    file: 'audit/seal-events.ts',
    from: 'writeSegment(query, { key',
    to: `const late: Query = (sent) =>
      sent.strings[0]?.includes('audit_head')
        ? new Promise((resolve) => setTimeout(() => resolve(db.query(sent)), 300))
        : query(sent)
    writeSegment(late, { key`,
    appetite: { ...nothing, node: { kill: 1 } },
  },
]

function ofSimulation(name: string, appetite: Appetite, crowd?: Crowd): Planted {
  const mutant = [...mutants, ...grantMutants].find((one) => one.name === name)
  if (!mutant) throw new Error(`The simulation has no mutant "${name}"`)
  return { ...mutant, appetite, ...(crowd && { crowd }) }
}
