import { allLeaseholders, type Leaseholder } from '#src/revocations/lease/leaseholders.sql.ts'
import type { RevocationNode } from '#src/revocations/lease/node.ts'
import type { Attached } from '#src/revocations/lease/sub-leases.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import type { Revocation } from '#src/revocations/log/revocation.ts'
import { headOf, revocationsNext } from '#src/revocations/log/revocations.sql.ts'
import { allVerifiers } from '#src/revocations/verifiers.sql.ts'
import type { World } from '#src/world/world.ts'

/** A node or verifier that may accept tokens from memory, as shown to operators. */
export type ListedLeaseholder = {
  readonly id: string
  readonly kind: 'node' | 'verifier'
  readonly name: string
  readonly leaseMs: number
  /** Undefined if it needs no renewal, or if the moment is unknown. */
  readonly renewedMsAgo: number | undefined
  readonly acked: number
  /** Entries of the log that it has not acknowledged. */
  readonly lag: number
}

export type LeaseholderList = {
  readonly head: number
  readonly leaseholders: readonly ListedLeaseholder[]
  /** Verifiers are known only to the node that they poll: false if this process is not a node. */
  readonly knowsVerifiers: boolean
}

/** All nodes of the database, and the verifiers that poll this one. */
export async function listLeaseholders(world: World): Promise<LeaseholderList> {
  const { query } = world.db
  const node = revocationNode(world)
  const [head, rows, verifiers] = [
    await headOf(query),
    await allLeaseholders(query),
    await allVerifiers(query),
  ]
  const names = new Map(verifiers.map(({ id, name }) => [id, name]))
  const known = [
    ...rows.map((row) => fromRow(row, node)),
    ...node.subLeases.live().map((lease) => fromLease(lease, node, names.get(lease.keyId))),
  ]
  const after = Math.min(head, ...known.map(({ acked }) => acked))
  const entries = await revocationsNext(query, { after, max: Number.MAX_SAFE_INTEGER })
  const leaseholders = known.map((one) => ({ ...one, lag: lagOf(entries, one.acked) }))
  return { head, leaseholders, knowsVerifiers: node.id !== '' }
}

type Known = Omit<ListedLeaseholder, 'lag'>

/** The clock of another machine may be ahead, and then its renewal lies in the future. */
function fromRow({ id, name, acked, leaseMs, beatenAt }: Leaseholder, node: RevocationNode): Known {
  const { isAlone, clock } = node.outside
  const isUnknown = isAlone || beatenAt === 0
  const renewedMsAgo = isUnknown ? undefined : Math.max(0, clock.now() - beatenAt)
  // A single server writes no acknowledgements.
  const isItself = isAlone && id === node.id
  return { id, kind: 'node', name, leaseMs, renewedMsAgo, acked: isItself ? node.log.applied : acked }
}

function fromLease(lease: Attached, node: RevocationNode, name = '(removed)'): Known {
  const { clock, leaseMs } = node.outside
  const renewedMsAgo = clock.monotonic() - lease.grantedAt
  return { id: lease.holder, kind: 'verifier', name, leaseMs, renewedMsAgo, acked: lease.acked }
}

/** Counted rather than subtracted: deleted entries do not count. */
function lagOf(entries: readonly Revocation[], acked: number): number {
  return entries.length - 1 - entries.findLastIndex(({ seq }) => seq <= acked)
}
