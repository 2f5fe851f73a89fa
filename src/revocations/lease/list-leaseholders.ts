import { allLeaseholders, type Leaseholder } from '#src/revocations/lease/leaseholders.sql.ts'
import type { RevocationNode } from '#src/revocations/lease/node.ts'
import type { Attached } from '#src/revocations/lease/sub-leases.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import type { Revocation } from '#src/revocations/log/revocation.ts'
import { headOf, revocationsNext } from '#src/revocations/log/revocations.sql.ts'
import { allVerifiers } from '#src/revocations/verifiers.sql.ts'
import type { World } from '#src/world/world.ts'

/** Whoever may accept tokens from memory, as an operator looks at it. */
export type ListedLeaseholder = {
  readonly id: string
  readonly kind: 'node' | 'verifier'
  readonly name: string
  readonly leaseMs: number
  /** Undefined where it needs no renewal, or where nothing is known of it. */
  readonly renewedMsAgo: number | undefined
  readonly acked: number
  /** Entries of the log that it has not acknowledged. */
  readonly lag: number
}

export type LeaseholderList = {
  readonly head: number
  readonly leaseholders: readonly ListedLeaseholder[]
  /** Verifiers are known only to the node that they poll: false where this process is none. */
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
  const entries = await revocationsNext(query, { after, most: Number.MAX_SAFE_INTEGER })
  const leaseholders = known.map((one) => ({ ...one, lag: lagOf(entries, one.acked) }))
  return { head, leaseholders, knowsVerifiers: node.id !== '' }
}

type Known = Omit<ListedLeaseholder, 'lag'>

/** Clocks of two machines differ, and one that is ahead would have renewed in the future. */
function fromRow({ id, name, acked, leaseMs, beatenAt }: Leaseholder, node: RevocationNode): Known {
  const { isAlone, clock } = node.outside
  const isUnknown = isAlone || beatenAt === 0
  const renewedMsAgo = isUnknown ? undefined : Math.max(0, clock.now() - beatenAt)
  // One who is alone acknowledges to nobody.
  const isItself = isAlone && id === node.id
  return { id, kind: 'node', name, leaseMs, renewedMsAgo, acked: isItself ? node.applied : acked }
}

function fromLease(lease: Attached, node: RevocationNode, name = '(removed)'): Known {
  const { clock, leaseMs } = node.outside
  const renewedMsAgo = clock.monotonic() - lease.grantedAt
  return { id: lease.holder, kind: 'verifier', name, leaseMs, renewedMsAgo, acked: lease.acked }
}

/** Counted, not subtracted: old entries are deleted, and count for nobody. */
function lagOf(entries: readonly Revocation[], acked: number): number {
  return entries.length - 1 - entries.findLastIndex(({ seq }) => seq <= acked)
}
