import type { AuditEvent, Place } from '#src/audit/audit-event.ts'
import type { MacKey } from '#src/keys/key.ts'
import { macOf } from '#src/keys/key-ring.ts'
import type { Instant } from '#src/platform/clock.ts'

/** One batch of sealed events. */
export type Segment = {
  readonly seq: number
  readonly firstEvent: number
  readonly lastEvent: number
  /** The hash of the previous segment. */
  readonly previousHash: string
  /** The hash of the last event, which covers all events of the segment and the previous segment. */
  readonly hash: string
  readonly sealedAt: Instant
  readonly keyId: string
  readonly mac: string
}

/**
 * Both ends of the log. It is signed again with each segment, so a log whose newest segments were deleted
 * does not fit its head.
 */
export type Head = Place & {
  /** The last event that was deleted by retention: the log begins after it. */
  readonly floor: Place
  readonly keyId: string
  readonly mac: string
}

/** The hash of an event in the chain; `previous` is the hash of the previous event. */
export function hashOf(
  key: MacKey,
  {
    seq,
    segment,
    id,
    mac,
    previous,
  }: Omit<Place, 'hash'> & Pick<AuditEvent, 'id' | 'mac'> & { previous: string },
): string {
  return macOf(key, `audit_place:${JSON.stringify([seq, segment, id, mac, previous])}`)
}

export function segmentMacOf(key: MacKey, segment: Omit<Segment, 'mac' | 'keyId'>): string {
  const { seq, firstEvent, lastEvent, previousHash, hash, sealedAt } = segment
  return macOf(
    key,
    `audit_segment:${JSON.stringify([seq, firstEvent, lastEvent, previousHash, hash, sealedAt])}`,
  )
}

export function signedHead(key: MacKey, ends: Place & { readonly floor: Place }): Head {
  return { ...ends, keyId: key.id, mac: headMacOf(key, ends) }
}

/** The head of a log that has no segment yet is not signed. */
export function isAuthentic(head: Head, keyOf: (id: string) => MacKey | undefined): boolean {
  if (head.segment === 0) return head.mac === '' && head.floor.segment === 0
  const key = keyOf(head.keyId)
  return key !== undefined && headMacOf(key, head) === head.mac
}

function headMacOf(key: MacKey, { seq, segment, hash, floor }: Place & { readonly floor: Place }): string {
  const fields = [seq, segment, hash, floor.seq, floor.segment, floor.hash]
  return macOf(key, `audit_head:${JSON.stringify(fields)}`)
}
