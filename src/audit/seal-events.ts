import type { AuditEvent, Place } from '#src/audit/audit-event.ts'
import { type Head, hashOf, isAuthentic, segmentMacOf, signedHead } from '#src/audit/chain.ts'
import { unsealedEvents } from '#src/audit/events.sql.ts'
import {
  highestPlace,
  insertSegment,
  lockHead,
  markSealed,
  sealerState,
  takeLease,
  writeHead,
} from '#src/audit/segments.sql.ts'
import { sealedSignal } from '#src/audit/signals.ts'
import type { MacKey } from '#src/keys/key.ts'
import type { Query } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'
import type { World } from '#src/world/world.ts'

/** So few that a transaction of the sealer takes milliseconds. */
export const maxPerSegment = 500

/** How long until a sealer that stopped without notice is replaced. */
const leaseMs = 2000

const start: Place = { seq: 0, segment: 0, hash: '' }

/**
 * Appends committed events to the chain as its next segment. Returns how many there were, and 0 if another
 * sealer has the lease. Even if the clocks of two sealers differ, the row of the lease stays locked until the
 * commit, so the second one continues from the first one's segment.
 */
export async function sealEvents(world: World, owner: string): Promise<number> {
  const { db, clock, keys, log } = world
  const { hasUnsealed, lease } = await sealerState(db.query)
  const isOthers = lease.owner !== owner && lease.until > clock.now()
  if (!hasUnsealed || isOthers) return 0
  const { sealed, isIntact } = await db.transaction(async (query) => {
    const now = clock.now()
    if (!(await takeLease(query, { owner, until: now + leaseMs, now }))) return { sealed: 0, isIntact: true }
    const [head, events] = await Promise.all([
      lockHead(query),
      unsealedEvents(query, { after: undefined, max: maxPerSegment }),
    ])
    if (events.length === 0) return { sealed: 0, isIntact: true }
    const isIntact = head !== undefined && isAuthentic(head, keys.macKeyEver)
    const from = isIntact ? head : await afterGap(query, head)
    writeSegment(query, { key: keys.macKey(), from, events, now })
    return { sealed: events.length, isIntact }
  })
  if (!isIntact)
    log.error(
      {},
      'The end of the audit log does not match its signature. Run `sigil audit verify` and find out why.',
    )
  if (sealed > 0) sealedSignal(world).raise()
  return sealed
}

type Batch = {
  readonly key: MacKey
  readonly from: Place & { readonly floor: Place }
  readonly events: readonly AuditEvent[]
  readonly now: number
}

function writeSegment(query: Query, { key, from, events, now }: Batch): void {
  const segment = from.segment + 1
  let { seq, hash } = from
  const places = events.map(({ id, mac }) => {
    seq += 1
    hash = hashOf(key, { seq, segment, id, mac, previous: hash })
    return { id, seq, hash }
  })
  sendAlong(markSealed(query, { segment, places }))
  const sealed = {
    seq: segment,
    firstEvent: from.seq + 1,
    lastEvent: seq,
    previousHash: from.hash,
    hash,
    sealedAt: now,
  }
  sendAlong(insertSegment(query, { ...sealed, keyId: key.id, mac: segmentMacOf(key, sealed) }))
  sendAlong(writeHead(query, signedHead(key, { seq, segment, hash, floor: from.floor })))
}

/**
 * The head was changed without the master key, possibly to hide deleted events. The log continues after a
 * gap, which `sigil audit verify` will always report.
 */
async function afterGap(query: Query, head: Head | undefined): Promise<Place & { floor: Place }> {
  const highest = await highestPlace(query)
  return {
    seq: Math.max(highest.seq, head?.seq ?? 0) + 1,
    segment: Math.max(highest.segment, head?.segment ?? 0) + 1,
    hash: '',
    floor: head?.floor ?? start,
  }
}
