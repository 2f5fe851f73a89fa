import { randomId } from '#src/random.ts'
import { Refusal } from '#src/refusals.ts'
import { renewEveryMs } from '#src/revocations/lease.ts'
import type { RevocationNode } from '#src/revocations/node.ts'
import type { Revocation } from '#src/revocations/revocation.ts'

export type Poll = {
  /** Which verifier key the call was made with. */
  readonly keyId: string
  readonly holder: string | undefined
  /** The place up to which this verifier has the log. */
  readonly after: number
  /** The place up to which it has applied it: this is its acknowledgement. */
  readonly ack: number
  readonly waitMs: number
}

export type Polled = {
  readonly holder: string
  readonly timeline: string
  readonly floor: number
  readonly head: number
  readonly entries: readonly Revocation[]
  readonly leaseMs: number
  readonly now: number
}

/**
 * One round of a verifier: its acknowledgement, its renewal and its news. What it is granted is what is left
 * of this node's own lease, and it counts that from when it sent the poll: so it ends first, whatever happens
 * to either.
 */
export async function poll(node: RevocationNode, asked: Poll): Promise<Polled> {
  await node.becomeSure()
  const { clock } = node.outside
  const isKnown = asked.holder !== undefined && node.subLeases.isOf(asked.holder, asked.keyId)
  const holder = isKnown && asked.holder !== undefined ? asked.holder : randomId(node.outside.random)
  if (isKnown) await hear(node, holder, asked)
  const until = clock.monotonic() + Math.min(asked.waitMs, renewEveryMs(node.outside.leaseMs))
  const isHeld = () => isKnown && node.holdsPolls && node.applied <= asked.after
  while (isHeld() && clock.monotonic() < until) {
    await node.news.heard(until - clock.monotonic())
  }
  return answer(node, holder, asked)
}

async function hear(node: RevocationNode, holder: string, { ack }: Poll): Promise<void> {
  const before = node.subLeases.acked()
  node.subLeases.ack(holder, Math.min(ack, node.applied))
  // Whoever waits for the last of the verifiers looks again, here and in the cluster.
  if (node.subLeases.acked() > before) node.progress.ring()
  // So late that whoever waits in the cluster looks less often by now.
  if (await node.acknowledge()) await node.outside.port.hint(`ack ${node.applied}`).catch(() => {})
}

async function answer(node: RevocationNode, holder: string, { keyId, after }: Poll): Promise<Polled> {
  await node.lend()
  const { entries: early, upTo } = await entriesAfter(node, after)
  // Nothing is awaited from here on: what is given, granted and written down is one moment. The lease may
  // have been renewed while the log was read, and then what came with that renewal goes along.
  const late = node.recent.after(upTo)
  if (!late) throw new Refusal('unavailable', { retryAfterSeconds: 1 })
  const entries = [...early, ...late]
  const { timeline, applied } = node
  const leaseMs = node.leaseLeftMs()
  if (leaseMs <= 0 || !timeline) throw new Refusal('unavailable', { retryAfterSeconds: 1 })
  node.subLeases.grant(holder, { keyId, acked: Math.min(after, applied), leaseMs })
  return {
    holder,
    ...timeline,
    // All up to here is given: entries that nobody needs any more are deleted, and leave gaps.
    head: applied,
    entries,
    leaseMs,
    now: node.outside.clock.now(),
  }
}

type Read = { readonly entries: readonly Revocation[]; readonly upTo: number }

/** From memory, or from the log for one who was away for long: all of it, so that no news is skipped. */
async function entriesAfter(node: RevocationNode, after: number): Promise<Read> {
  const { applied } = node
  const upTo = Math.max(after, applied)
  const recent = node.recent.after(after)
  if (recent) return { entries: recent, upTo }
  const logged = await node.outside.port.fetch(after)
  return { entries: logged.entries.filter(({ seq }) => seq <= applied), upTo }
}
