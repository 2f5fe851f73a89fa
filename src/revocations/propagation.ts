import { waitOutMs } from '#src/revocations/lease/lease.ts'
import type { Leaseholder } from '#src/revocations/lease/leaseholders.sql.ts'
import type { RevocationNode } from '#src/revocations/lease/node.ts'

/** How far a revocation has reached: `everywhere` says that nobody accepts what it killed any more. */
export type Propagation = { readonly everywhere: boolean; readonly waitedMs: number }

/** What was seen on the way, for whoever watches how well the holders keep up. */
export type MeasuredPropagation = Propagation & {
  /** For each other node that acknowledged: when that was seen, from `committedAt`. */
  readonly ackedMs: readonly number[]
  /** Those that did not, until their lease had ended. */
  readonly outwaited: number
}

const firstPauseMs = 5
const maxPauseMs = 50

/**
 * Waits until nobody can accept what stands at this place of the log: every holder has said that it applied
 * it, or its lease has ended on any clock. `committedAt` is a monotonic reading taken after the commit was
 * answered; the holders are read in a statement of its own after that, so that who registers later reads the
 * entry first.
 */
export async function propagate(
  node: RevocationNode,
  { seq, committedAt }: { seq: number; committedAt: number },
): Promise<MeasuredPropagation> {
  const { clock, port, leaseMs } = node.outside
  if (node.applied < seq) await node.catchUp()
  // What verifiers are granted from here on comes with the entry, and what they were granted before has ended
  // by then: one that goes on polling and never acknowledges is not waited for any longer.
  const verifiersEnd = clock.monotonic() + waitOutMs(leaseMs)
  // To the other nodes it is a hint; whether it arrives decides how soon, not whether.
  const hint = () => void port.hint(`head ${seq}`).catch(() => {})
  const hadCompany = node.lastLook?.leaseholders.some(({ id }) => id !== node.id) ?? false
  if (hadCompany) hint()
  // Before each look at the holders: the last of them may tell while it is under way.
  let { count } = node.progress
  const first = await port.leaseholders()
  const acks = watchAcks(first, { node, seq, committedAt })
  let outwaited = 0
  let pending = behind(first, node, seq)
  if (pending.length > 0) {
    if (!hadCompany) hint()
    // So that the last of the others to say so can tell that it is the last.
    node.acknowledge().catch(() => {})
  }
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, maxPauseMs)) {
    const outlived = clock.monotonic() - committedAt
    const left = pending.filter(({ leaseMs }) => outlived < waitOutMs(leaseMs))
    outwaited += pending.length - left.length
    const areVerifiersDone = node.subLeases.acked() >= seq || clock.monotonic() >= verifiersEnd
    if (left.length === 0 && areVerifiersDone) break
    const wakeAt = areVerifiersDone ? undefined : Math.min(verifiersEnd, node.subLeases.nextEnd(seq) ?? 0)
    await node.progress.waitSince(count, pauseOf(node, pauseMs, wakeAt))
    count = node.progress.count
    // A database that goes away now cannot shorten the wait; it cannot lengthen it either.
    const seen = left.length > 0 ? await port.leaseholders().catch(() => undefined) : []
    if (seen) acks.look(seen)
    pending = seen ? behind(seen, node, seq, left) : left
  }
  const waitedMs = clock.monotonic() - committedAt
  return { everywhere: true, waitedMs, ackedMs: acks.ackedMs(), outwaited }
}

type Watched = { node: RevocationNode; seq: number; committedAt: number }

/** Who registered later read the entry with the rest of the log: how long that took says nothing. */
function watchAcks(first: readonly Leaseholder[], { node, seq, committedAt }: Watched) {
  const expected = new Set(first.map(({ id }) => id).filter((id) => id !== node.id))
  const ackedMs: number[] = []
  const look = (seen: readonly Leaseholder[]) => {
    const ms = node.outside.clock.monotonic() - committedAt
    for (const { id, acked } of seen) if (acked >= seq && expected.delete(id)) ackedMs.push(ms)
  }
  look(first)
  return { look, ackedMs: () => ackedMs }
}

/** The holders that have not said that they applied it; of the given ones, where some are given. */
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
