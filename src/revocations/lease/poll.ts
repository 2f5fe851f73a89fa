import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import { renewEveryMs } from '#src/revocations/lease/lease.ts'
import type { RevocationNode } from '#src/revocations/lease/node.ts'
import type { Revocation } from '#src/revocations/log/revocation.ts'

/** What an answer gives of the log, where it does not come from memory. */
const maxAtOnce = 10_000

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
  readonly notBefore: number
  readonly head: number
  readonly entries: readonly Revocation[]
  /** 0 where there is more of the log to ask for first. */
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
  const until = clock.monotonic() + heldForMs(node, asked)
  const isHeld = () => isKnown && node.holdsPolls && node.applied <= asked.after
  const leftMs = () => until - clock.monotonic()
  for (let left = leftMs(); isHeld() && left > 0; left = leftMs()) await node.news.wait(left)
  return answer(node, holder, asked)
}

/**
 * Not equally long: all who were answered at once, as after a revocation, would ask again at once, time after
 * time.
 */
function heldForMs({ outside }: RevocationNode, { waitMs }: Poll): number {
  const most = Math.min(waitMs, renewEveryMs(outside.leaseMs))
  const [byte = 0] = outside.random.bytes(1)
  return most * (1 - byte / 1024)
}

async function hear(node: RevocationNode, holder: string, { ack }: Poll): Promise<void> {
  const before = node.subLeases.acked()
  node.subLeases.ack(holder, Math.min(ack, node.applied))
  // Whoever waits for the last of the verifiers looks again, here and in the cluster.
  if (node.subLeases.acked() > before) node.progress.raise()
  await node.acknowledge()
}

async function answer(node: RevocationNode, holder: string, { keyId, after }: Poll): Promise<Polled> {
  await node.lend()
  const { entries: early, upTo, isPart } = await entriesAfter(node, after)
  // Nothing is awaited from here on: what is given, granted and written down is one moment. The lease may
  // have been renewed while the log was read, and then what came with that renewal goes along.
  const late = isPart ? [] : node.recent.after(upTo)
  const { timeline, applied } = node
  const leaseMs = node.leaseLeftMs()
  if (!late || leaseMs <= 0 || !timeline) throw new AppError('unavailable', { retryAfterSeconds: 1 })
  const told = { holder, ...timeline, entries: [...early, ...late], now: node.outside.clock.now() }
  // Who has a part of the log may not judge by it, and so is nobody to wait for.
  if (isPart) return { ...told, head: upTo, leaseMs: 0 }
  node.subLeases.grant(holder, { keyId, acked: Math.min(after, applied), leaseMs })
  // All up to here is given: entries that nobody needs any more are deleted, and leave gaps.
  return { ...told, head: applied, leaseMs }
}

type Read = {
  readonly entries: readonly Revocation[]
  readonly upTo: number
  /** There is more than this. */
  readonly isPart: boolean
}

/**
 * From memory; or from the log for one who was away for long or is new, and then in parts: an hour of
 * logouts may be more than one answer can carry while everybody else waits.
 */
async function entriesAfter(node: RevocationNode, after: number): Promise<Read> {
  const { applied } = node
  const recent = node.recent.after(after)
  if (recent) return { entries: recent, upTo: Math.max(after, applied), isPart: false }
  const logged = await node.outside.port.part(after, maxAtOnce)
  const entries = logged.filter(({ seq }) => seq <= applied)
  const last = entries.length === maxAtOnce ? entries.at(-1) : undefined
  return { entries, upTo: last?.seq ?? applied, isPart: last !== undefined }
}
