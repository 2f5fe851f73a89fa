import { logPort, nodeName } from '#src/revocations/lease/log-port.ts'
import { RevocationNode } from '#src/revocations/lease/node.ts'
import type { Metrics } from '#src/telemetry/metrics.ts'
import { ending } from '#src/world/ending.ts'
import { perWorld, type World } from '#src/world/world.ts'

/** This server as a leaseholder: one per world. */
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
  exportMetrics(node, metrics)
  ending(world).signal.addEventListener('abort', () => node.releasePolls())
  return node
})

/** All from memory, so that they can be read while the database is unavailable. */
function exportMetrics(node: RevocationNode, metrics: Metrics): void {
  const { log, peers, subLeases } = node
  metrics.read('sigil_revocation_lease_age_seconds', {}, () => node.leaseAgeMs() / 1000)
  metrics.read('sigil_revocation_lease_held', {}, () => (node.mayJudge() ? 1 : 0))
  metrics.read('sigil_revocation_dead_keys', {}, () => log.revokedIds.size)
  metrics.read('sigil_revocation_log_head', {}, () => log.applied)
  metrics.read('sigil_revocation_ack_slowest_seconds', {}, () => peers.slowestAckMs / 1000)
  const leaseholders = 'sigil_revocation_holders'
  metrics.read(leaseholders, { kind: 'node' }, () => peers.nodeCount)
  metrics.read(leaseholders, { kind: 'verifier' }, () => subLeases.live().length)
  const outstanding = 'sigil_revocation_acks_outstanding'
  metrics.read(outstanding, { kind: 'node' }, () => peers.behindCount(node.id))
  metrics.read(outstanding, { kind: 'verifier' }, () => {
    return subLeases.live().filter(({ acked }) => log.isBehind(acked, log.applied)).length
  })
}
