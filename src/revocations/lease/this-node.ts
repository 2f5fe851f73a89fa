import { logPort, nodeName } from '#src/revocations/lease/log-port.ts'
import { RevocationNode } from '#src/revocations/lease/node.ts'
import type { Metrics } from '#src/telemetry/metrics.ts'
import { ending } from '#src/world/ending.ts'
import { perWorld, type World } from '#src/world/world.ts'

/** This server's own view of the log: one per world. */
export const revocationNode = perWorld((world: World) => {
  const { db, clock, random, settings, metrics } = world
  const node = new RevocationNode({
    clock,
    random,
    port: logPort(world),
    name: nodeName(),
    leaseMs: settings.revocationLeaseMs,
    isAlone: db.dialect === 'sqlite',
  })
  show(node, metrics)
  ending(world).signal.addEventListener('abort', () => node.releasePolls())
  return node
})

/** All of it is known in memory: who asks for it while the database is away hears how long it has been. */
function show(node: RevocationNode, metrics: Metrics): void {
  metrics.read('sigil_revocation_lease_age_seconds', {}, () => node.leaseAgeMs() / 1000)
  metrics.read('sigil_revocation_lease_held', {}, () => (node.canTell() ? 1 : 0))
  metrics.read('sigil_revocation_dead_keys', {}, () => node.dead.size)
  metrics.read('sigil_revocation_log_head', {}, () => node.applied)
  metrics.read('sigil_revocation_ack_slowest_seconds', {}, () => node.slowestAckMs / 1000)
  const leaseholders = 'sigil_revocation_holders'
  metrics.read(leaseholders, { kind: 'node' }, () => node.lastLook?.leaseholders.length)
  metrics.read(leaseholders, { kind: 'verifier' }, () => node.subLeases.live().length)
  const outstanding = 'sigil_revocation_acks_outstanding'
  metrics.read(outstanding, { kind: 'node' }, () => nodesBehind(node))
  metrics.read(outstanding, { kind: 'verifier' }, () => {
    return node.subLeases.live().filter(({ acked }) => node.isBehind(acked, node.applied)).length
  })
}

/** An acknowledgement takes a moment: what came in the meantime is nobody's debt. */
function nodesBehind(node: RevocationNode): number | undefined {
  if (!node.lastLook) return undefined
  const { leaseholders, due } = node.lastLook
  return leaseholders.filter(({ id, acked }) => id !== node.id && node.isBehind(acked, due)).length
}
