import type { Protocol } from '#test/simulation/protocol.ts'
import { disturb, type Running } from '#test/simulation/simulate.ts'
import { Machine, type Universe } from '#test/simulation/universe.ts'
import type { Witness } from '#test/simulation/witness.ts'
import type { Poll, PollAnswer } from '../../sdk/verify/src/poll.ts'

type Outside = {
  readonly universe: Universe
  readonly protocol: Protocol
  readonly name: string
  /** The node that it currently polls. */
  readonly node: () => Running | undefined
  readonly witness: Witness
}

/** A resource server that polls one node until it ends; then another one starts. */
export function keepVerifier(outside: Outside): void {
  const { universe, protocol, name, witness } = outside
  const machine = new Machine(universe, 0.001)
  const feed = new protocol.Feed({
    send: (poll) => send(outside, machine, poll),
    clock: machine.clock,
    random: universe.chance,
  })
  feed.start()
  witness.watch(machine, {
    name,
    mayJudge: () => feed.canTell(),
    isRevoked: (ids) => feed.isRevoked(ids, 1),
  })
  const lifetime = universe.between(300, 3000)
  disturb(universe, machine, lifetime)
  universe.at(universe.time + lifetime, () => {
    machine.isAlive = false
    universe.at(universe.time + universe.between(1, 100), () => keepVerifier(outside))
  })
}

/** A poll over the network: request and reply may be late or lost. Works like the HTTP endpoint. */
function send(
  { universe, protocol, node, name }: Outside,
  machine: Machine,
  request: Poll,
): Promise<PollAnswer> {
  return new Promise((resolve, reject) => {
    const fail = () => machine.when(universe.time + delay(universe), () => reject(new Error('no answer')))
    const running = node()
    const isLost = universe.happens(0.02)
    if (!running || isLost) return fail()
    const { machine: server } = running
    server.when(universe.time + delay(universe), () => {
      const poll = { keyId: name, ...request, ack: Math.min(request.ack, request.after) }
      protocol.poll(running.node, poll).then((polled) => {
        const answer = {
          ...polled,
          floor: polled.notBefore,
          entries: polled.entries.map(({ id, ...entry }) => ({ ...entry, key: id })),
        }
        if (universe.happens(0.02)) return fail()
        machine.when(universe.time + delay(universe), () => resolve(answer))
      }, fail)
    })
  })
}

function delay(universe: Universe): number {
  return universe.happens(0.06) ? universe.between(0, 200) : universe.between(0.1, 3)
}
