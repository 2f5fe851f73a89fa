import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import { renewEveryMs } from '#src/revocations/lease/lease.ts'
import type { RevocationNode } from '#src/revocations/lease/node.ts'
import type { Revocation } from '#src/revocations/log/revocation.ts'

/** The maximum number of entries in one response that is read from the database. */
const maxAtOnce = 10_000

export type Poll = {
  /** The verifier key of the request. */
  readonly keyId: string
  readonly holder: string | undefined
  /** This verifier has received the log up to here. */
  readonly after: number
  /** It has applied the log up to here: this is its acknowledgement. */
  readonly ack: number
  readonly waitMs: number
}

export type Polled = {
  readonly holder: string
  readonly timeline: string
  readonly notBefore: number
  /** A token that expired by then is expired, even if a clock was set back since. */
  readonly droppedUntil: number
  readonly head: number
  readonly entries: readonly Revocation[]
  /** 0 if the verifier must ask for the rest of the log first. */
  readonly leaseMs: number
  readonly now: number
}

/**
 * One round trip of a verifier: its acknowledgement, its renewal and new entries. It is granted the rest of
 * this node's own lease, counted from when it sent the poll, so its lease always ends first.
 */
export async function poll(node: RevocationNode, request: Poll): Promise<Polled> {
  await node.ensureLease()
  const { clock } = node.outside
  const isKnown = request.holder !== undefined && node.subLeases.isOf(request.holder, request.keyId)
  const holder = isKnown && request.holder !== undefined ? request.holder : randomId(node.outside.random)
  if (isKnown) await acknowledge(node, holder, request)
  const until = clock.monotonic() + holdForMs(node, request)
  const isHeld = () => isKnown && node.holdsPolls && node.log.applied <= request.after
  const leftMs = () => until - clock.monotonic()
  for (let left = leftMs(); isHeld() && left > 0; left = leftMs()) await node.log.news.wait(left)
  return answer(node, holder, request)
}

/**
 * Varies, so that verifiers that were answered together, for example after a revocation, do not return
 * together.
 */
function holdForMs({ outside }: RevocationNode, { waitMs }: Poll): number {
  const max = Math.min(waitMs, renewEveryMs(outside.leaseMs))
  const [byte = 0] = outside.random.bytes(1)
  return max * (1 - byte / 1024)
}

async function acknowledge(node: RevocationNode, holder: string, { ack }: Poll): Promise<void> {
  const before = node.subLeases.acked()
  node.subLeases.ack(holder, Math.min(ack, node.log.applied))
  // A revoker that waits for the last verifier checks again, on this node and on the others.
  if (node.subLeases.acked() > before) node.progress.raise()
  await node.acknowledge()
}

async function answer(node: RevocationNode, holder: string, { keyId, after }: Poll): Promise<Polled> {
  await node.lend()
  const { entries: read, upTo, isPartial } = await entriesAfter(node, after)
  // Nothing is awaited from here on: entries, grant and record belong to one moment. The lease may have been
  // renewed while the log was read, so the entries of that renewal are added.
  const { timeline, applied, droppedUntil } = node.log
  const newer = isPartial ? [] : node.log.entriesAfter(upTo)
  const leaseMs = node.leaseLeftMs()
  if (!newer || leaseMs <= 0 || !timeline) throw new AppError('unavailable', { retryAfterSeconds: 1 })
  const now = node.outside.clock.now()
  const polled = { holder, ...timeline, droppedUntil, entries: [...read, ...newer], now }
  // With a part of the log a verifier may not judge, so no revoker has to wait for it.
  if (isPartial) return { ...polled, head: upTo, leaseMs: 0 }
  node.subLeases.grant(holder, { keyId, acked: Math.min(after, applied), leaseMs })
  // All up to `applied` is included: the gaps are entries that have expired.
  return { ...polled, head: applied, leaseMs }
}

type Read = {
  readonly entries: readonly Revocation[]
  readonly upTo: number
  readonly isPartial: boolean
}

/**
 * From memory; or from the database for a verifier that is new or was disconnected for long, and then in
 * parts: an hour of logouts may be too much for one response while everyone else waits.
 */
async function entriesAfter({ log, outside }: RevocationNode, after: number): Promise<Read> {
  const { applied } = log
  const recent = log.entriesAfter(after)
  if (recent) return { entries: recent, upTo: Math.max(after, applied), isPartial: false }
  const page = await outside.port.page(after, maxAtOnce)
  const entries = page.filter(({ seq }) => seq <= applied)
  const last = entries.length === maxAtOnce ? entries.at(-1) : undefined
  return { entries, upTo: last?.seq ?? applied, isPartial: last !== undefined }
}
