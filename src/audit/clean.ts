import type { Place } from '#src/audit/audit-event.ts'
import { isAuthentic, type Segment, signedHead } from '#src/audit/chain.ts'
import { deleteEventsThrough } from '#src/audit/events.sql.ts'
import { deleteSegmentsThrough, headOf, lockHead, segmentsAfter, writeHead } from '#src/audit/segments.sql.ts'
import { sendAlong } from '#src/store/send-along.ts'
import type { World } from '#src/world/world.ts'

/**
 * Deletes the oldest segments that are past their retention, a few at a time. The head is signed again with
 * the new beginning of the log, so that the remaining events still verify. Returns how many events were
 * deleted.
 */
export async function cleanAudit({ db, clock, keys, settings }: World, max: number): Promise<number> {
  const before = clock.now() - settings.auditRetentionMs
  const seen = await headOf(db.query)
  const [oldest] = seen ? await segmentsAfter(db.query, seen.floor.segment, 1) : []
  if (!oldest || oldest.sealedAt > before) return 0
  return db.transaction(async (query) => {
    const head = await lockHead(query)
    // Events that were tampered with are evidence.
    if (!head || !isAuthentic(head, keys.macKeyEver)) return 0
    const segments = await segmentsAfter(query, head.floor.segment, max)
    const floor = newFloor(head.floor, segments, { before, max })
    if (floor.segment === head.floor.segment) return 0
    sendAlong(deleteEventsThrough(query, floor.seq))
    sendAlong(deleteSegmentsThrough(query, floor.segment))
    sendAlong(writeHead(query, signedHead(keys.macKey(), { ...head, floor })))
    return floor.seq - head.floor.seq
  })
}

/** Whole segments only, and at least one that is old enough. */
function newFloor(
  floor: Place,
  segments: readonly Segment[],
  { before, max }: { before: number; max: number },
): Place {
  let last = floor
  for (const { seq, lastEvent, hash, sealedAt } of segments) {
    const isFirst = last === floor
    if (sealedAt > before || (!isFirst && lastEvent - floor.seq > max)) break
    last = { segment: seq, seq: lastEvent, hash }
  }
  return last
}
