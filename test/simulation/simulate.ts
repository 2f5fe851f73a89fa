import type { RevocationNode } from '#src/revocations/lease/node.ts'
import { silentLog } from '#src/telemetry/log.ts'
import { LogServer } from '#test/simulation/log-server.ts'
import type { Protocol } from '#test/simulation/protocol.ts'
import { revocations } from '#test/simulation/rights.ts'
import { chanceOf, Machine, Universe } from '#test/simulation/universe.ts'
import { keepVerifier } from '#test/simulation/verifier.ts'
import { Witness } from '#test/simulation/witness.ts'

export type Running = { readonly machine: Machine; readonly node: RevocationNode; stop(): void }

type Scene = {
  readonly universe: Universe
  readonly server: LogServer
  readonly protocol: Protocol
  readonly witness: Witness
  /** The node that currently runs in each slot. */
  readonly nodes: Running[]
  readonly isAlone: boolean
}

export const leaseMs = 100
const lengthMs = 4000
const dayMs = 24 * 60 * 60 * 1000

/**
 * One history from a seed: nodes and verifiers that start and crash, an unreliable database and network
 * between them, revocations, and verifications on every machine.
 */
export async function simulate(seed: number, protocol: Protocol): Promise<Witness> {
  const scene = sceneOf(seed, protocol, { isAlone: false })
  const { universe, server, witness, nodes } = scene
  for (let slot = 0; slot < 3; slot++) keepNodeAlive(scene, slot)
  for (let slot = 0; slot < 2; slot++) {
    // The second is behind a load balancer, which may send each of its polls to another node.
    const isRoaming = slot === 1 && universe.happens(0.5)
    const node = () => nodes[isRoaming ? Math.floor(universe.chance() * nodes.length) : slot + 1]
    keepVerifier({ universe, protocol, witness, name: `verifier ${slot}`, node })
  }
  for (let outage = 0; outage < 2; outage++) {
    universe.at(universe.between(0, lengthMs), () => server.restart(universe.between(10, 300)))
  }
  return finish(scene)
}

/**
 * The same with a single server with an embedded database; when it stops, the next one takes over the
 * database.
 */
export async function simulateAlone(seed: number, protocol: Protocol): Promise<Witness> {
  const scene = sceneOf(seed, protocol, { isAlone: true })
  const { universe, witness, nodes } = scene
  keepNodeAlive(scene, 0)
  for (let slot = 0; slot < 2; slot++)
    keepVerifier({ universe, protocol, witness, name: `verifier ${slot}`, node: () => nodes[0] })
  return finish(scene)
}

function sceneOf(seed: number, protocol: Protocol, { isAlone }: { isAlone: boolean }): Scene {
  const universe = new Universe(seed)
  const server = new LogServer(universe, { isNear: isAlone })
  return { universe, server, protocol, witness: new Witness(universe), nodes: [], isAlone }
}

async function finish(scene: Scene): Promise<Witness> {
  const { universe, witness } = scene
  for (const { ids } of revocations) {
    // Removing an app ends rights of all users, so it happens late: until then there are tokens to accept.
    const from = ids.some((id) => id.startsWith('app-')) ? lengthMs / 2 : 100
    universe.at(universe.between(from, lengthMs - 600), () => revoke(scene, ids))
  }
  await universe.run(lengthMs)
  return witness
}

/** Runs a node until it ends, usually in a crash; then another one starts. */
function keepNodeAlive(scene: Scene, slot: number): void {
  const { universe } = scene
  const machine = new Machine(universe, 0.001)
  const running = startNode(scene, slot, machine)
  scene.nodes[slot] = running
  const lifetime = universe.between(200, 3000)
  disturb(universe, machine, lifetime)
  const end = () => {
    machine.isAlive = false
    universe.at(universe.time + universe.between(1, 80), () => keepNodeAlive(scene, slot))
  }
  universe.at(universe.time + lifetime, () => {
    if (universe.happens(0.6)) return end()
    running.stop()
    universe.at(universe.time + universe.between(5, 100), end)
  })
}

function startNode(scene: Scene, slot: number, machine: Machine): Running {
  const { universe, server, protocol, witness, isAlone } = scene
  const chance = chanceOf(Math.floor(universe.chance() * 2 ** 32))
  const node: RevocationNode = new protocol.RevocationNode({
    clock: machine.clock,
    random: { bytes: (count) => Buffer.from(Array.from({ length: count }, () => chance() * 256)) },
    port: server.port(machine, (payload) => {
      protocol.receiveHint(node, payload).catch(() => {})
    }),
    name: `node ${slot}`,
    // An operator may be changing the setting, so that some nodes already use the new value.
    leaseMs: chance() < 0.2 ? 4 * leaseMs : leaseMs,
    isAlone,
  })
  let stop = () => {}
  const join = () =>
    protocol
      .keepNode(node, silentLog)
      .then((keeping) => {
        stop = () => void keeping.stop().catch(() => {})
      })
      .catch(() => machine.when(universe.time + 5, join))
  join()
  witness.watch(machine, {
    name: `node ${slot}`,
    mayJudge: () => node.mayJudge(),
    isRevoked: (ids) => node.log.isRevoked(ids, 1),
  })
  return { machine, node, stop: () => stop() }
}

/** Stopped processes, suspended machines, and wall clocks that are set forward or back by a day. */
export function disturb(universe: Universe, machine: Machine, lifetime: number): void {
  const sometime = () => universe.time + universe.between(0, lifetime)
  if (universe.happens(0.5)) universe.at(sometime(), () => machine.stop(universe.between(10, 400)))
  if (universe.happens(0.3)) universe.at(sometime(), () => machine.suspend(universe.between(110, 600)))
  if (!universe.happens(0.3)) return
  const stepMs = universe.happens(0.5) ? dayMs : -dayMs
  universe.at(sometime(), () => machine.stepWallClock(stepMs))
}

/** What `commitRevoking` does, with the simulated database. */
async function revoke(
  { universe, server, protocol, witness, nodes }: Scene,
  ids: readonly string[],
): Promise<void> {
  const running = nodes[Math.floor(universe.chance() * nodes.length)]
  if (!running?.machine.isRunning) return
  const { node, machine } = running
  try {
    witness.begun(ids)
    const entries = await server.commit(machine, ids)
    const committedAt = machine.clock.monotonic()
    node.log.applyCommitted(entries)
    await protocol.propagate(node, { seq: entries.at(-1)?.seq ?? 0, committedAt })
    const isByAck = machine.clock.monotonic() - committedAt < leaseMs * 0.8
    if (machine.isAlive) witness.answered(ids, isByAck)
  } catch {
    // Not answered, so nothing was promised; the revoker does not know whether it was committed.
    node.doubt()
  }
}
