import type { Metrics } from '#src/metrics.ts'
import { logPort, nodeName } from '#src/revocations/log-port.ts'
import { RevocationNode } from '#src/revocations/node.ts'
import { perWorld } from '#src/world.ts'

/** This server's own view of the log: one per world. */
export const revocationNode = perWorld(({ db, clock, random, settings, metrics }) => {
  const node = new RevocationNode({
    clock,
    random,
    port: logPort(db),
    name: nodeName(),
    leaseMs: settings.revocationLeaseMs,
    isAlone: db.dialect === 'sqlite',
  })
  show(node, metrics)
  return node
})

/** All of it is known in memory: who asks for it while the database is away hears how long it has been. */
function show(node: RevocationNode, metrics: Metrics): void {
  metrics.read('sigil_revocation_lease_age_seconds', {}, () => node.leaseAgeMs() / 1000)
  metrics.read('sigil_revocation_lease_held', {}, () => (node.canTell() ? 1 : 0))
  metrics.read('sigil_revocation_dead_keys', {}, () => node.dead.size)
  metrics.read('sigil_revocation_log_head', {}, () => node.applied)
  const behind = (those: readonly { acked: number }[] | undefined) =>
    those?.filter(({ acked }) => node.isBehind(acked)).length
  const others = () => node.lastSeen?.filter(({ id }) => id !== node.id)
  const holders = 'sigil_revocation_holders'
  metrics.read(holders, { kind: 'node' }, () => node.lastSeen?.length)
  metrics.read(holders, { kind: 'verifier' }, () => node.subLeases.live().length)
  const outstanding = 'sigil_revocation_acks_outstanding'
  metrics.read(outstanding, { kind: 'node' }, () => behind(others()))
  metrics.read(outstanding, { kind: 'verifier' }, () => behind(node.subLeases.live()))
}
