import { type AuditEvent, eventMacOf, type Place, type SealedEvent } from '#src/audit/audit-event.ts'
import { type Head, hashOf, isAuthentic, type Segment, segmentMacOf } from '#src/audit/chain.ts'
import { sealedEventsAfter, unsealedEvents } from '#src/audit/events.sql.ts'
import { headOf, segmentsAfter } from '#src/audit/segments.sql.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

export type AuditVerdict =
  | {
      readonly kind: 'whole'
      /** The number of the last sealed event. */
      readonly events: number
      /** The first event that was kept. */
      readonly first: number
      readonly unsealed: number
      /** To be kept elsewhere: a log that was rolled back to an older state lacks it. */
      readonly head: string
    }
  | { readonly kind: 'broken'; readonly seq: number; readonly why: string }

type Keys = World['keys']
type Broken = { readonly seq: number; readonly why: string }

/** Called with the number of events so far, and of all that are sealed. */
type OnProgress = (done: number, total: number) => void

const batch = 1000
const start: Place = { seq: 0, segment: 0, hash: '' }

/**
 * Reads the whole log in one snapshot and checks that every event from the first to the last is unchanged and
 * in its place.
 */
export async function verifyAudit(
  { db, keys }: Pick<World, 'db' | 'keys'>,
  onProgress: OnProgress = () => {},
): Promise<AuditVerdict> {
  return db.snapshot(async (query) => {
    const head = await headOf(query)
    const floor = head?.floor ?? start
    const total = (head?.seq ?? 0) - floor.seq
    const chain = await verifyChain(query, keys, {
      floor,
      onEvent: (seq) => onProgress(seq - floor.seq, total),
    })
    if ('why' in chain) return { kind: 'broken', ...chain }
    const why = whyEndBroken(keys, chain, head)
    if (why !== undefined) return { kind: 'broken', seq: chain.seq + 1, why }
    const unsealed = await verifyUnsealed(query, keys, chain)
    if (typeof unsealed !== 'number') return { kind: 'broken', ...unsealed }
    return { kind: 'whole', events: chain.seq, first: floor.seq + 1, unsealed, head: chain.hash }
  })
}

type From = { readonly floor: Place; readonly onEvent: (seq: number) => void }

/** Returns the place of the last event, or of the first one that was changed. */
async function verifyChain(query: Query, keys: Keys, { floor, onEvent }: From): Promise<Place | Broken> {
  let last = floor
  const events = sealedEvents(query, floor.seq)
  for await (const segment of segments(query, floor.segment)) {
    const why = whySegmentBroken(keys, last, segment)
    if (why !== undefined) return { seq: last.seq + 1, why }
    while (last.seq < segment.lastEvent) {
      const { value: event } = await events.next()
      const why = event ? whyEventBroken(keys, { last, event, segment }) : 'This event is missing.'
      if (why !== undefined || !event) return { seq: last.seq + 1, why: why ?? '' }
      last = event
      onEvent(event.seq)
    }
    if (segment.hash !== last.hash) return { seq: last.seq, why: 'This line does not end its segment.' }
  }
  const { value: extra } = await events.next()
  return extra ? { seq: last.seq + 1, why: 'The log should end before this event.' } : last
}

function whySegmentBroken(keys: Keys, last: Place, segment: Segment): string | undefined {
  if (segment.seq !== last.segment + 1) return `Segment ${last.segment + 1}, which begins here, is missing.`
  const isNext = segment.previousHash === last.hash && segment.firstEvent === last.seq + 1
  if (!isNext) return 'The segment that begins here does not follow the one before it.'
  const key = keys.macKeyEver(segment.keyId)
  if (!key) return 'The segment that begins here uses a key that is not in the key ring.'
  const isSigned = segmentMacOf(key, segment) === segment.mac
  return isSigned ? undefined : 'The segment that begins here was changed.'
}

function whyEventBroken(
  keys: Keys,
  { last, event, segment }: { last: Place; event: SealedEvent; segment: Segment },
): string | undefined {
  if (event.seq !== last.seq + 1) return 'This event is missing.'
  if (!isAsWritten(keys, event)) return 'This event was changed.'
  const key = keys.macKeyEver(segment.keyId)
  const { seq, id, mac } = event
  const hash = key && hashOf(key, { seq, segment: segment.seq, id, mac, previous: last.hash })
  const isInPlace = hash === event.hash && event.segment === segment.seq
  return isInPlace ? undefined : 'This event does not follow the one before it.'
}

function whyEndBroken(keys: Keys, last: Place, head: Head | undefined): string | undefined {
  if (!head) return 'The row that marks the end of the log is missing.'
  if (head.seq > last.seq) return `The log is cut off here: it should reach event ${head.seq}.`
  if (head.seq < last.seq || head.hash !== last.hash) return 'The log should end before this event.'
  return isAuthentic(head, keys.macKeyEver) ? undefined : 'The row that marks the end of the log was changed.'
}

/** Returns how many events wait for the sealer, or the error of one of them. */
async function verifyUnsealed(query: Query, keys: Keys, { seq }: Place): Promise<number | Broken> {
  let count = 0
  let after: AuditEvent | undefined
  for (;;) {
    const events = await unsealedEvents(query, { after, max: batch })
    for (const event of events) {
      count += 1
      after = event
      const why = `Event ${event.id}, which is not sealed yet, was changed.`
      if (!isAsWritten(keys, event)) return { seq: seq + count, why }
    }
    if (events.length < batch) return count
  }
}

function isAsWritten(keys: Keys, event: AuditEvent): boolean {
  const key = keys.macKeyEver(event.keyId)
  return key !== undefined && eventMacOf(key, event) === event.mac
}

async function* segments(query: Query, after: number): AsyncGenerator<Segment> {
  for (let seq = after; ; ) {
    const page = await segmentsAfter(query, seq, batch)
    yield* page
    const last = page.at(-1)
    if (!last) return
    seq = last.seq
  }
}

async function* sealedEvents(query: Query, after: number): AsyncGenerator<SealedEvent, undefined> {
  for (let seq = after; ; ) {
    const page = await sealedEventsAfter(query, seq, batch)
    yield* page
    const last = page.at(-1)
    if (!last) return undefined
    seq = last.seq
  }
}
