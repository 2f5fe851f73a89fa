import { waitOutMs } from '#src/revocations/lease/lease.ts'
import type { Leaseholder } from '#src/revocations/lease/leaseholders.sql.ts'
import type { RevocationNode } from '#src/revocations/lease/node.ts'

/** How far a revocation has propagated: `everywhere` means that nothing it revoked is still accepted. */
export type Propagation = { readonly everywhere: boolean; readonly waitedMs: number }

/** With measurements for metrics. */
export type MeasuredPropagation = Propagation & {
  /** For each other node that acknowledged: when that was observed, counted from `committedAt`. */
  readonly ackedMs: readonly number[]
  /** How many leaseholders did not acknowledge before their lease ended. */
  readonly outwaited: number
}

const firstPauseMs = 5
const maxPauseMs = 50

/**
 * Waits until no leaseholder can accept anything that this log entry revoked: each has acknowledged it, or
 * its lease has ended on any clock. `committedAt` is a monotonic reading taken after the reply to the commit.
 * The leaseholders are read after that, in a separate statement: a node that registers later reads the entry
 * before it judges.
 */
export async function propagate(
  node: RevocationNode,
  { seq, committedAt }: { seq: number; committedAt: number },
): Promise<MeasuredPropagation> {
  const { clock, port, leaseMs } = node.outside
  if (node.log.applied < seq) await node.catchUp()
  // New grants to verifiers include the entry, and earlier grants have ended by then: a verifier that keeps
  // polling without acknowledging delays this no longer than one that has stopped.
  const verifiersEnd = clock.monotonic() + waitOutMs(leaseMs)
  // The hint only makes the other nodes acknowledge sooner.
  const hint = () => void port.hint(`head ${seq}`).catch(() => {})
  const hadPeers = node.peers.hasOthersThan(node.id)
  if (hadPeers) hint()
  // Read before each check of the leaseholders: the last of them may acknowledge during the check.
  let { count } = node.progress
  const first = await port.leaseholders()
  const acks = watchAcks(first, { node, seq, committedAt })
  let outwaited = 0
  let pending = behind(first, node, seq)
  if (pending.length > 0) {
    if (!hadPeers) hint()
    // So that the last node to acknowledge can detect that it is the last.
    node.acknowledge().catch(() => {})
  }
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, maxPauseMs)) {
    const elapsedMs = clock.monotonic() - committedAt
    const left = pending.filter(({ leaseMs }) => elapsedMs < waitOutMs(leaseMs))
    outwaited += pending.length - left.length
    const areVerifiersDone = node.subLeases.acked() >= seq || clock.monotonic() >= verifiersEnd
    if (left.length === 0 && areVerifiersDone) break
    const wakeAt = areVerifiersDone ? undefined : Math.min(verifiersEnd, node.subLeases.nextEnd(seq) ?? 0)
    await node.progress.waitSince(count, pauseOf(node, pauseMs, wakeAt))
    count = node.progress.count
    // If the database becomes unavailable now, the wait is exactly as long as the leases.
    const rows = left.length > 0 ? await port.leaseholders().catch(() => undefined) : []
    if (rows) acks.look(rows)
    pending = rows ? behind(rows, node, seq, left) : left
  }
  const waitedMs = clock.monotonic() - committedAt
  return { everywhere: true, waitedMs, ackedMs: acks.ackedMs(), outwaited }
}

type Watched = { node: RevocationNode; seq: number; committedAt: number }

/**
 * Measures only the nodes of the first check: one that registers later reads the entry with the whole log.
 */
function watchAcks(first: readonly Leaseholder[], { node, seq, committedAt }: Watched) {
  const expected = new Set(first.map(({ id }) => id).filter((id) => id !== node.id))
  const ackedMs: number[] = []
  const look = (rows: readonly Leaseholder[]) => {
    const ms = node.outside.clock.monotonic() - committedAt
    for (const { id, acked } of rows) if (acked >= seq && expected.delete(id)) ackedMs.push(ms)
  }
  look(first)
  return { look, ackedMs: () => ackedMs }
}

/** The other leaseholders that have not acknowledged the entry; only those in `among`, if given. */
function behind(
  leaseholders: readonly Leaseholder[],
  node: RevocationNode,
  seq: number,
  among?: readonly Leaseholder[],
): Leaseholder[] {
  const still = leaseholders.filter(({ id, acked }) => id !== node.id && acked < seq)
  return among ? still.filter(({ id }) => among.some((one) => one.id === id)) : still
}

function pauseOf({ outside }: RevocationNode, pauseMs: number, wakeAt: number | undefined): number {
  if (wakeAt === undefined) return pauseMs
  const untilThen = Math.max(0, wakeAt - outside.clock.monotonic()) + 1
  return outside.isAlone ? untilThen : Math.min(pauseMs, untilThen)
}
